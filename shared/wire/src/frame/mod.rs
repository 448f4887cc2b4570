//! Frames: messages of up to 7,609 bytes in reports of 64, for several programs at one dongle.
//!
//! The framing is CTAPHID's (FIDO CTAP 2.1, section 11.2), which ten years of security keys have
//! hardened, with commands of our own. Every program that has the dongle open sees every report,
//! so each message carries the id of the channel it belongs to; who that is good for is decided a
//! layer up, by the secure channel.
//!
//! ```text
//! first packet   channel id (4) │ command | 80 (1) │ length (2) │ data (57)
//! later packets  channel id (4) │ sequence, 00–7F (1)           │ data (59)
//! ```
//!
//! [`Host`] and [`Device`] are the two ends. They take reports and a clock reading in, and give
//! reports and events out; endpoints, threads and waiting are somebody else's.
//!
//! ```
//! use holdfast_wire::frame::{Device, Event, Host, Kind, Progress, Version};
//!
//! let (mut host, mut device) = (Host::new(), Device::new(Version { major: 1, minor: 0, build: 0 }));
//! assert_eq!(device.report(0, &host.init([7; 8])), None);
//! let answer = device.next_report(0).unwrap();
//! assert!(matches!(host.report(&answer), Progress::Ready(_)));
//!
//! let request: Vec<_> = host.send(Kind::Clear, b"hello").unwrap().collect();
//! let event = device.report(1, &request[0]);
//! let Some(Event::Message { kind: Kind::Clear, length: 5, .. }) = event else { panic!() };
//! device.buffer()[..5].make_ascii_uppercase();
//! device.answer(2, 5);
//! let answer = device.next_report(2).unwrap();
//! assert_eq!(host.report(&answer), Progress::Answer(&mut b"HELLO".to_owned()));
//! ```

mod code;
mod collect;
mod cut;
mod device;
mod host;
mod ids;
mod packet;
mod replies;

pub use code::{Command, ErrorCode, Kind, Status};
pub use cut::Reports;
pub use device::{Device, Event, Version};
pub use host::{Host, Progress, Ready, TooLong};

/// What travels in one USB frame: one HID report, without a report id.
pub type Report = [u8; 64];

/// The most bytes a message has: 57 in its first packet and 59 in each of 128 more.
pub const MESSAGE: usize = FIRST + 128 * LATER;

/// The channel on which a program without one asks for one.
pub const BROADCAST: u32 = 0xffff_ffff;

/// Data bytes of a message's first packet.
const FIRST: usize = 57;
/// Data bytes of each later one.
const LATER: usize = 59;
