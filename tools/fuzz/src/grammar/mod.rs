//! The wire once more, as a table: which bytes are a body, an item of a list, a command, an answer.
//!
//! The crates read by what `serde` derives from their structs. Here the same is written down as data and
//! read by a walk of fifty lines, so that the two can be held against each other on any bytes. A field that
//! is added to a struct is added here too: the wire is expensive to change, and this is where it shows.

pub mod commands;
pub mod documents;

/// What stands at one place of an encoding.
pub enum Shape {
    /// Nothing.
    Unit,
    /// One byte, whatever it is.
    Byte,
    /// One byte that is 1: the version of a body.
    One,
    /// 0 or 1.
    Flag,
    /// A number of at most so many bits, seven in each byte, in no more bytes than it needs.
    Number(u32),
    /// So many bytes.
    Fixed(usize),
    /// A length, and so many bytes.
    Bytes,
    /// The same, and they are UTF-8.
    Text,
    /// The same, and they are a name.
    Name,
    /// A list that grows, which is read when it is walked.
    List(&'static Items),
    /// 0, or 1 and this.
    Maybe(&'static Shape),
    /// These, one after the other.
    Fields(&'static [Shape]),
    /// What is written down elsewhere.
    Same(&'static Shape),
    /// A number, and the one of these that has it.
    OneOf(&'static [Shape]),
    /// A count of at most so many, and so many of this.
    UpTo(u64, &'static Shape),
}

/// What a list may hold.
pub struct Items {
    /// The most items that a body's check lets pass.
    pub most: usize,
    /// The sorts of item.
    pub sorts: Sorts,
    /// What the check does with an item that must be understood and is not known.
    pub unknown: Unknown,
}

/// The sorts of item in a list.
pub enum Sorts {
    /// Each begins with a tag.
    Tagged(&'static [(u8, Shape)]),
    /// All are of this one.
    Alike(&'static Shape),
}

/// What a check does with an item that must be understood and is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Whoever decides on it refuses it.
    Passes,
    /// It refuses the body.
    Refuses,
}

/// What one item of a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// One that is known, and well formed.
    Known,
    /// One of a tag that is not known.
    Unknown(u8),
    /// Neither.
    Malformed,
}

impl Shape {
    /// Whether these bytes, all of them, are one of these.
    pub fn takes(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        self.read(&mut rest, &mut |_, _| {}).is_some() && rest.is_empty()
    }

    /// How many bytes at the front of these are one of these, if they are.
    pub fn prefix(&self, bytes: &[u8]) -> Option<usize> {
        let mut rest = bytes;
        self.read(&mut rest, &mut |_, _| {})?;
        Some(bytes.len() - rest.len())
    }

    /// The lists in these bytes, at any depth; none when the bytes are not of this shape.
    pub fn lists<'b>(&self, bytes: &'b [u8]) -> Option<Vec<(&'static Items, &'b [u8])>> {
        let (mut rest, mut found) = (bytes, Vec::new());
        self.read(&mut rest, &mut |items, list| found.push((items, list)))?;
        rest.is_empty().then_some(found)
    }

    fn read<'b>(&self, rest: &mut &'b [u8], list: &mut impl FnMut(&'static Items, &'b [u8])) -> Option<()> {
        match self {
            Self::Unit => {}
            Self::Byte => drop(take(rest, 1)?),
            Self::One => return (take(rest, 1)? == [1]).then_some(()),
            Self::Flag => return (take(rest, 1)?[0] < 2).then_some(()),
            Self::Number(bits) => drop(number(rest, *bits)?),
            Self::Fixed(length) => drop(take(rest, *length)?),
            Self::Bytes => drop(sized(rest)?),
            Self::Text => drop(std::str::from_utf8(sized(rest)?).ok()?),
            Self::Name => return is_name(sized(rest)?).then_some(()),
            Self::List(items) => list(items, sized(rest)?),
            Self::Maybe(shape) => match take(rest, 1)?[0] {
                0 => {}
                1 => shape.read(rest, list)?,
                _ => return None,
            },
            Self::Fields(shapes) => {
                for shape in *shapes {
                    shape.read(rest, list)?;
                }
            }
            Self::Same(shape) => shape.read(rest, list)?,
            Self::OneOf(shapes) => {
                let at = usize::try_from(number(rest, 32)?).ok()?;
                shapes.get(at)?.read(rest, list)?;
            }
            Self::UpTo(most, shape) => {
                let count = number(rest, 64)?;
                if count > *most {
                    return None;
                }
                for _ in 0..count {
                    shape.read(rest, list)?;
                }
            }
        }
        Some(())
    }
}

impl Items {
    /// What an item is.
    pub fn sort(&self, item: &[u8]) -> Sort {
        let known = |takes: bool| if takes { Sort::Known } else { Sort::Malformed };
        match (&self.sorts, item) {
            (Sorts::Alike(shape), _) => known(shape.takes(item)),
            (Sorts::Tagged(_), []) => Sort::Malformed,
            (Sorts::Tagged(sorts), [tag, body @ ..]) => match sorts.iter().find(|(of, _)| of == tag) {
                Some((_, shape)) => known(shape.takes(body)),
                None => Sort::Unknown(*tag),
            },
        }
    }

    /// Whether a body with this list may pass its check, as far as the list alone can tell: well formed at
    /// every depth, not too long, and no more unknown than it bears.
    pub fn may_pass(&self, list: &[u8]) -> bool {
        let (items, whole) = split(list);
        whole && items.len() <= self.most && items.iter().all(|item| self.item_may_pass(item))
    }

    fn item_may_pass(&self, item: &[u8]) -> bool {
        match (self.sort(item), &self.sorts) {
            (Sort::Malformed, _) => false,
            (Sort::Unknown(tag), _) => tag >= 128 || self.unknown == Unknown::Passes,
            (Sort::Known, Sorts::Alike(shape)) => lists_may_pass(shape, item),
            (Sort::Known, Sorts::Tagged(sorts)) => sorts
                .iter()
                .filter(|(tag, _)| *tag == item[0])
                .all(|(_, shape)| lists_may_pass(shape, &item[1..])),
        }
    }
}

/// Whether all lists of a body, at every depth, may pass its check.
pub fn lists_may_pass(shape: &Shape, bytes: &[u8]) -> bool {
    shape.lists(bytes).is_some_and(|lists| lists.into_iter().all(|(items, list)| items.may_pass(list)))
}

/// The items of a list, and whether its framing is sound to its end.
pub fn split(mut list: &[u8]) -> (Vec<&[u8]>, bool) {
    let mut items = Vec::new();
    while !list.is_empty() {
        let mut rest = list;
        match number(&mut rest, 14).and_then(|length| take(&mut rest, length as usize)) {
            Some(item) => items.push(item),
            None => return (items, false),
        }
        list = rest;
    }
    (items, true)
}

/// Whether these bytes are 1 to 24 of `a-z 0-9 . - _`.
pub fn is_name(bytes: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789.-_";
    !bytes.is_empty() && bytes.len() <= 24 && bytes.iter().all(|byte| ALPHABET.contains(byte))
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    if rest.len() < length {
        return None;
    }
    let (taken, after) = rest.split_at(length);
    *rest = after;
    Some(taken)
}

fn sized<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::try_from(number(rest, 64)?).ok()?;
    take(rest, length)
}

/// A number of at most so many bits in its one encoding.
fn number(rest: &mut &[u8], bits: u32) -> Option<u64> {
    let mut sum = 0u128;
    for place in 0.. {
        let byte = take(rest, 1)?[0];
        sum += u128::from(byte & 127) << (7 * place);
        if sum >> bits != 0 || place > 10 {
            return None;
        }
        if byte < 128 {
            let needless = byte == 0 && place > 0;
            return (!needless).then_some(sum as u64);
        }
    }
    None
}
