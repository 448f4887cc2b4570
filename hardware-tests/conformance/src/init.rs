//! INIT, and what channel ids are.

use crate::line::{BROADCAST, Broken, Line, command, error, must};
use crate::suite::checks;

checks! {
    init_gives_a_channel_id_of_ones_own, Power:
        "INIT on the broadcast channel gives each program a channel id of its own, never 0 or the broadcast one";
    init_tells_the_framing_and_the_firmware, Power:
        "the answer to INIT has 17 bytes: nonce, channel id, framing version 2, firmware version, capabilities";
    init_takes_a_nonce_of_eight_bytes, Power:
        "INIT with a nonce of another length is an error, and gives no channel id";
    a_channel_id_that_was_not_given_is_refused, Power:
        "a message on a channel id that nobody was given gets InvalidChannel";
    init_on_a_channel_begins_its_framing_anew, Power:
        "INIT on a channel id forgets what was half said on it, and keeps the id";
    init_on_a_channel_disturbs_no_other, Power:
        "INIT on one channel id leaves what is half said on another";
}

const NONCE: [u8; 8] = *b"a nonce.";

fn init_gives_a_channel_id_of_ones_own(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut given = Vec::new();
    for _ in 0..20 {
        let cid = line.channel_id()?;
        must(cid != 0 && cid != BROADCAST, || format!("channel id {cid:#x} was given"))?;
        must(!given.contains(&cid), || format!("channel id {cid:#x} was given twice"))?;
        given.push(cid);
    }
    Ok(())
}

fn init_tells_the_framing_and_the_firmware(line: &mut Line<'_>) -> Result<(), Broken> {
    let heard = line.ask(BROADCAST, command::INIT, &NONCE, "the answer to INIT")?;
    must(heard.data.len() == 17 && heard.data.starts_with(&NONCE), || format!("heard {heard:02x?}"))?;
    must(heard.data[12] == 2, || format!("framing version {}, and CTAPHID's is 2", heard.data[12]))?;
    // CTAP 2.1, section 11.2.9.1.3: 01 WINK, 04 CBOR, 08 no MSG.
    let capabilities = heard.data[16];
    must(capabilities & 0x0d == 0x09, || format!("capabilities {capabilities:#04x}: WINK, no CBOR, no MSG"))
}

fn init_takes_a_nonce_of_eight_bytes(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    for length in (0..=57).filter(|length| *length != 8) {
        for on in [BROADCAST, cid] {
            line.say(on, command::INIT, &vec![7; length])?;
            line.hear_error(on, error::LENGTH, &format!("INIT with {length} bytes"))?;
        }
    }
    line.is_quiet(cid, "INIT with a nonce of another length")
}

fn a_channel_id_that_was_not_given_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    for stranger in [0, cid.wrapping_add(1_000_003), cid ^ 0x8000_0000] {
        line.say(stranger, command::PING, b"who is there")?;
        line.hear_error(stranger, error::CHANNEL, "a PING on a channel id that was not given")?;
    }
    line.say(BROADCAST, command::PING, b"everyone")?;
    line.hear_error(BROADCAST, error::CHANNEL, "a PING on the broadcast channel")
}

fn init_on_a_channel_begins_its_framing_anew(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    line.first(cid, command::PING, 100, &[1; 57])?;
    let heard = line.ask(cid, command::INIT, &NONCE, "the answer to INIT on a channel id")?;
    must(heard.command == command::INIT && heard.data.len() == 17, || format!("heard {heard:02x?}"))?;
    must(heard.data[8..12] == cid.to_be_bytes(), || "INIT on a channel id gave another one".into())?;
    // The rest of what was forgotten belongs to nothing.
    line.later(cid, 0, &[2; 43])?;
    line.is_quiet(cid, "the rest of a message that INIT made forgotten")
}

fn init_on_a_channel_disturbs_no_other(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mine, other) = (line.channel_id()?, line.channel_id()?);
    line.first(mine, command::PING, 100, &[1; 57])?;
    line.ask(other, command::INIT, &NONCE, "the answer to INIT on a channel id")?;
    line.ask(BROADCAST, command::INIT, &NONCE, "the answer to INIT")?;
    line.later(mine, 0, &[1; 43])?;
    let heard = line.hear(mine, "the answer to a PING, in whose middle another began anew")?;
    must(heard.command == command::PING && heard.data == [1; 100], || format!("heard {heard:02x?}"))
}
