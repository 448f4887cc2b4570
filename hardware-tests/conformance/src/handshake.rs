//! First contact and the handshake: Hello, Noise NK over P-256 (Noise Protocol Framework, revision 34).

use holdfast_crypto::Key;
use holdfast_wire::channel::Prologue;
use holdfast_wire::command::Hello;
use holdfast_wire::command::hello::{Greeting, Stage};

use crate::line::{Broken, Line, command, error, must};
use crate::peer::{OFFER, Shaking, answer, id_of, is_point};
use crate::suite::checks;

checks! {
    hello_is_constant, Keys:
        "Hello is the same bytes whenever and wherever it is asked, at most 300 of them";
    hello_tells_three_keys, Keys:
        "Hello tells three different points on P-256, and that version 1 is spoken";
    a_handshake_makes_a_channel, Keys:
        "a handshake makes a channel, and makes it with a key pair that is new each time";
    a_bad_point_is_refused, Keys:
        "a first message whose key is no uncompressed point on P-256 is refused";
    a_first_message_of_another_length_is_refused, Keys:
        "a first message that is cut short or has a byte too many is refused";
    a_changed_first_message_is_refused, Keys:
        "a first message in which a bit is changed is refused";
    another_prologue_is_refused, Keys:
        "a first message made for another dongle, version offer or Hello is refused";
    a_replayed_first_message_buys_nothing, Keys:
        "a first message that is replayed ends no channel, and nothing can be said on what it begins";
    two_handshakes_may_wait_and_no_third, Keys:
        "while two handshakes wait to be confirmed a third gets Busy, and 500 ms later it is served";
    a_handshake_that_waits_too_long_is_forgotten, Keys:
        "a handshake that is not confirmed within 500 ms is forgotten";
    a_refused_first_message_costs_no_one_a_place, Keys:
        "first messages that are refused do not keep a right one waiting";
}

fn hello_is_constant(line: &mut Line<'_>) -> Result<(), Broken> {
    let (one, other) = (line.channel_id()?, line.channel_id()?);
    let hello = line.hello(one)?;
    must(hello.len() <= 300, || format!("the Hello answer has {} bytes", hello.len()))?;
    let mut peer = line.shake_hands(other)?;
    peer.is_alive(line)?;
    line.subject.pass(2_000);
    for cid in [one, other] {
        must(line.hello(cid)? == hello, || "Hello was answered otherwise".into())?;
    }
    Ok(())
}

fn hello_tells_three_keys(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let hello = line.hello(cid)?;
    let greeting: Greeting<'_> = answer::<Hello>(&hello)?;
    must(greeting.versions.contains(&1), || format!("versions {:?}", greeting.versions))?;
    must(greeting.stage != Stage::Blank, || "a dongle with keys says that it is blank".into())?;
    let keys = [greeting.identity, greeting.channel, greeting.sealing];
    for key in &keys {
        must(is_point(line, key)?, || format!("{key:?} is no point on P-256"))?;
    }
    must(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2], || "one key serves twice".into())
}

fn a_handshake_makes_a_channel(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let shaking = line.shaking(cid)?;
    let once = line.ask(cid, command::HANDSHAKE, &shaking.first, "the dongle's handshake message")?;
    let again = line.ask(cid, command::HANDSHAKE, &shaking.first, "the dongle's handshake message")?;
    must(once.data.get(..65) != again.data.get(..65), || "the same key pair in two handshakes".into())?;
    shaking.finish(cid, &again)?.is_alive(line)
}

fn a_bad_point_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let right = line.shaking(cid)?.first;
    let at = 1 + OFFER.len();
    let mut off_the_curve = right.clone();
    off_the_curve[at + 64] ^= 1;
    let mut bad = vec![("off the curve", off_the_curve)];
    for (what, byte) in [("infinity", 0x00), ("compressed", 0x02), ("hybrid", 0x06), ("no form", 0x05)] {
        let mut message = right.clone();
        message[at] = byte;
        bad.push((what, message));
    }
    for (what, filling) in [("zeros", 0x00), ("beyond the field", 0xff)] {
        let mut message = right.clone();
        message[at + 1..at + 65].fill(filling);
        bad.push((what, message));
    }
    for (what, message) in bad {
        line.say(cid, command::HANDSHAKE, &message)?;
        line.hear_error(cid, error::PARAMETER, &format!("a handshake with a key that is {what}"))?;
    }
    line.shake_hands(cid)?.is_alive(line)
}

fn a_first_message_of_another_length_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let shaking = line.shaking(cid)?;
    let mut long = shaking.first.clone();
    long.push(0);
    for message in (0..shaking.first.len()).map(|length| &shaking.first[..length]).chain([&long[..]]) {
        line.say(cid, command::HANDSHAKE, message)?;
        line.hear_error(cid, error::PARAMETER, &format!("a handshake message of {} bytes", message.len()))?;
    }
    let heard = line.ask(cid, command::HANDSHAKE, &shaking.first, "the dongle's handshake message")?;
    shaking.finish(cid, &heard)?.is_alive(line)
}

fn a_changed_first_message_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let shaking = line.shaking(cid)?;
    // Every byte once, with all eight bits taking turns.
    for at in 0..shaking.first.len() {
        let mut changed = shaking.first.clone();
        changed[at] ^= 1 << (at % 8);
        line.say(cid, command::HANDSHAKE, &changed)?;
        line.hear_error(cid, error::PARAMETER, &format!("a handshake message changed in byte {at}"))?;
    }
    let heard = line.ask(cid, command::HANDSHAKE, &shaking.first, "the dongle's handshake message")?;
    shaking.finish(cid, &heard)?.is_alive(line)
}

fn another_prologue_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let hello = line.hello(cid)?;
    let greeting: Greeting<'_> = answer::<Hello>(&hello)?;
    let (id, key) = (id_of(&greeting).0, greeting.channel);
    let mut other_id = id;
    other_id[0] ^= 1;
    let mut other_hello = hello.clone();
    other_hello.push(0);
    let others: [(&str, Prologue, Key); 4] = [
        ("dongle", Prologue::new(&other_id, OFFER, &hello), key),
        ("version offer", Prologue::new(&id, &[2, 1], &hello), key),
        ("Hello", Prologue::new(&id, OFFER, &other_hello), key),
        ("channel key", Prologue::new(&id, OFFER, &hello), greeting.sealing),
    ];
    for (what, prologue, key) in others {
        let shaking = Shaking::new(line, &prologue, &key)?;
        line.say(cid, command::HANDSHAKE, &shaking.first)?;
        line.hear_error(cid, error::PARAMETER, &format!("a handshake for another {what}"))?;
    }
    line.shake_hands(cid)?.is_alive(line)
}

fn a_replayed_first_message_buys_nothing(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mine, thief) = (line.channel_id()?, line.channel_id()?);
    let shaking = line.shaking(mine)?;
    let recorded = shaking.first.clone();
    let heard = line.ask(mine, command::HANDSHAKE, &recorded, "the dongle's handshake message")?;
    let mut peer = shaking.finish(mine, &heard)?;
    let (pending, first_request) = peer.seal(&[crate::peer::NO_COMMAND])?;
    let heard = line.ask(mine, command::SEALED, &first_request, "the answer to a sealed request")?;
    peer.open(&pending, heard)?;

    for cid in [mine, thief] {
        let heard = line.ask(cid, command::HANDSHAKE, &recorded, "the answer to a replayed first message")?;
        must(heard.command == command::HANDSHAKE, || format!("a replay: heard {heard:02x?}"))?;
        line.say(cid, command::SEALED, &first_request)?;
        line.is_quiet(cid, "a replayed first request after a replayed first message")?;
    }
    peer.is_alive(line)
}

fn two_handshakes_may_wait_and_no_third(line: &mut Line<'_>) -> Result<(), Broken> {
    let cids = [line.channel_id()?, line.channel_id()?, line.channel_id()?];
    let mut first = line.shake_hands(cids[0])?;
    let _second = line.shake_hands(cids[1])?;
    let third = line.shaking(cids[2])?;
    line.say(cids[2], command::HANDSHAKE, &third.first)?;
    line.hear_error(cids[2], error::BUSY, "a third handshake while two wait")?;
    // One of the two confirms itself, and its place is free.
    first.is_alive(line)?;
    let _third = line.shake_hands(cids[2])?;
    let fourth = line.channel_id()?;
    let shaking = line.shaking(fourth)?;
    line.say(fourth, command::HANDSHAKE, &shaking.first)?;
    line.hear_error(fourth, error::BUSY, "another handshake while two wait")?;
    line.subject.pass(600);
    line.shake_hands(fourth)?.is_alive(line)
}

fn a_handshake_that_waits_too_long_is_forgotten(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let mut early = line.shake_hands(cid)?;
    line.subject.pass(300);
    early.is_alive(line)?;
    let cid = line.channel_id()?;
    let mut late = line.shake_hands(cid)?;
    line.subject.pass(600);
    let (_, message) = late.seal(&[crate::peer::NO_COMMAND])?;
    line.say(cid, command::SEALED, &message)?;
    line.hear_error(cid, error::NO_CHANNEL, "the first message 600 ms after the handshake")
}

fn a_refused_first_message_costs_no_one_a_place(line: &mut Line<'_>) -> Result<(), Broken> {
    for _ in 0..5 {
        let cid = line.channel_id()?;
        let mut wrong = line.shaking(cid)?.first;
        if let Some(last) = wrong.last_mut() {
            *last ^= 1;
        }
        line.say(cid, command::HANDSHAKE, &wrong)?;
        line.hear_error(cid, error::PARAMETER, "a first message with a wrong tag")?;
    }
    let (one, other) = (line.channel_id()?, line.channel_id()?);
    let (mut one, mut other) = (line.shake_hands(one)?, line.shake_hands(other)?);
    one.is_alive(line)?;
    other.is_alive(line)
}
