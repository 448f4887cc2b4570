//! Messages in packets.

use crate::line::{Broken, Line, MESSAGE, command, error, must};
use crate::suite::checks;

checks! {
    ping_comes_back_at_every_length, Power:
        "a PING comes back whole, from 0 bytes to the 7,609 of the longest message";
    a_message_that_is_too_long_is_refused, Power:
        "a first packet that announces more than 7,609 bytes gets InvalidLength";
    an_unknown_command_is_refused, Power:
        "a command that is not known gets InvalidCommand, and so does one that only a dongle may send";
    a_missing_packet_is_noticed, Power:
        "a packet out of sequence gets InvalidSequence, and its message is dropped";
    a_stray_packet_means_nothing, Power:
        "a later packet without a first one gets no answer and changes nothing";
    a_message_left_half_sent_ends, Power:
        "a message left half-sent gets Timeout after 500 ms, and not much earlier";
    each_packet_gives_the_next_one_time, Power:
        "a message whose packets come one every 300 ms arrives whole";
    nobody_loses_a_message_to_another, Power:
        "while a message comes in, a message on another channel id gets Busy, and the first arrives whole";
    a_new_message_replaces_a_half_sent_one, Power:
        "a first packet on a channel id drops what was half-sent on it";
    cancel_has_no_answer, Power:
        "CANCEL with nothing in work gets no answer; in the middle of a message it drops that";
    wink_is_answered_empty, Power:
        "WINK is answered by an empty WINK, and with data is an error";
    an_answer_that_nobody_reads_blocks_nobody, Power:
        "an answer that nobody reads is given up after 1 s, and others are served";
}

fn ping_comes_back_at_every_length(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let around_full_packets = (2..=128).flat_map(|later| [57 + 59 * later - 1, 57 + 59 * later]);
    for length in (0..=176).chain(around_full_packets) {
        let data: Vec<u8> = (0..length).map(|at| (at % 251) as u8 ^ length as u8).collect();
        let heard = line.ask(cid, command::PING, &data, "the answer to PING")?;
        must(heard.command == command::PING && heard.data == data, || {
            format!("a PING of {length} bytes came back as {:#04x} with {}", heard.command, heard.data.len())
        })?;
    }
    Ok(())
}

fn a_message_that_is_too_long_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    for length in [MESSAGE + 1, 8_000, 0x8000, 0xffff] {
        for command in [command::PING, command::CLEAR, command::HANDSHAKE, command::SEALED] {
            line.first(cid, command, length, &[1; 57])?;
            line.hear_error(cid, error::LENGTH, &format!("{length} bytes announced"))?;
        }
    }
    line.is_quiet(cid, "a message that is too long")
}

fn an_unknown_command_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let known = [
        command::PING,
        command::INIT,
        command::WINK,
        command::CANCEL,
        command::CLEAR,
        command::HANDSHAKE,
        command::SEALED,
    ];
    for unknown in (0..0x80).filter(|number| !known.contains(number)) {
        line.say(cid, unknown, b"?")?;
        line.hear_error(cid, error::COMMAND, &format!("command {unknown:#04x}"))?;
    }
    line.is_quiet(cid, "unknown commands")
}

fn a_missing_packet_is_noticed(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    // Instead of the second packet the third, the second twice, or one from far ahead.
    for sequences in [&[1][..], &[0, 0], &[0, 2], &[0x7f]] {
        line.first(cid, command::PING, 57 + 59 * 4, &[1; 57])?;
        for sequence in sequences {
            line.later(cid, *sequence, &[2; 59])?;
        }
        line.hear_error(cid, error::SEQUENCE, &format!("packets {sequences:?}"))?;
        line.is_quiet(cid, "a message with a packet missing")?;
    }
    Ok(())
}

fn a_stray_packet_means_nothing(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    for sequence in [0, 1, 0x7f] {
        line.later(cid, sequence, &[1; 59])?;
        line.is_quiet(cid, "a packet that belongs to nothing")?;
    }
    let other = line.channel_id()?;
    line.first(cid, command::PING, 60, &[1; 57])?;
    line.later(other, 0, &[9; 59])?;
    line.later(cid, 0, &[1; 3])?;
    let heard = line.hear(cid, "the answer to PING")?;
    must(heard.data == [1; 60], || format!("another's packet came into a message: {heard:02x?}"))
}

fn a_message_left_half_sent_ends(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let other = line.channel_id()?;
    line.first(cid, command::PING, 100, &[1; 57])?;
    line.subject.pass(400);
    line.say(other, command::PING, b"now?")?;
    line.hear_error(other, error::BUSY, "a PING while another's message is half-sent for 400 ms")?;
    line.subject.pass(200);
    line.hear_error(cid, error::TIMEOUT, "a message half-sent for 600 ms")?;
    line.is_quiet(other, "the end of another's half-sent message")?;
    line.later(cid, 0, &[1; 43])?;
    line.is_quiet(cid, "the rest of a message that has ended")
}

fn each_packet_gives_the_next_one_time(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    line.first(cid, command::PING, 57 + 59 * 3, &[5; 57])?;
    for sequence in 0..3 {
        line.subject.pass(300);
        line.later(cid, sequence, &[5; 59])?;
    }
    let heard = line.hear(cid, "the answer to a slow PING")?;
    must(heard.command == command::PING && heard.data == [5; 57 + 59 * 3], || format!("heard {heard:02x?}"))
}

fn nobody_loses_a_message_to_another(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mine, other) = (line.channel_id()?, line.channel_id()?);
    line.first(mine, command::PING, 200, &[1; 57])?;
    for command in [command::PING, command::WINK, command::CLEAR, command::HANDSHAKE, command::SEALED] {
        line.first(other, command, 0, &[])?;
        line.hear_error(other, error::BUSY, &format!("command {command:#04x} in another's message"))?;
    }
    line.first(other, command::CANCEL, 0, &[])?;
    line.later(mine, 0, &[1; 59])?;
    line.later(mine, 1, &[1; 59])?;
    line.later(mine, 2, &[1; 25])?;
    let heard = line.hear(mine, "the answer to PING")?;
    must(heard.command == command::PING && heard.data == [1; 200], || format!("heard {heard:02x?}"))?;
    line.is_quiet(other, "the end of another's message")
}

fn a_new_message_replaces_a_half_sent_one(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    line.first(cid, command::PING, 500, &[1; 57])?;
    line.later(cid, 0, &[1; 59])?;
    line.first(cid, command::PING, 60, &[2; 57])?;
    line.later(cid, 0, &[2; 3])?;
    let heard = line.hear(cid, "the answer to the second PING")?;
    must(heard.command == command::PING && heard.data == [2; 60], || format!("heard {heard:02x?}"))?;
    line.is_quiet(cid, "the answer to the second PING")
}

fn cancel_has_no_answer(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    line.first(cid, command::CANCEL, 0, &[])?;
    line.is_quiet(cid, "CANCEL with nothing in work")?;
    line.first(cid, command::PING, 100, &[1; 57])?;
    line.first(cid, command::CANCEL, 0, &[])?;
    line.later(cid, 0, &[1; 43])?;
    line.is_quiet(cid, "CANCEL in the middle of a message")
}

fn wink_is_answered_empty(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let heard = line.ask(cid, command::WINK, &[], "the answer to WINK")?;
    must(heard.command == command::WINK && heard.data.is_empty(), || format!("heard {heard:02x?}"))?;
    line.say(cid, command::WINK, b"!")?;
    line.hear_error(cid, error::LENGTH, "WINK with data")
}

fn an_answer_that_nobody_reads_blocks_nobody(line: &mut Line<'_>) -> Result<(), Broken> {
    let (silent, other) = (line.channel_id()?, line.channel_id()?);
    line.say(silent, command::PING, &[1; MESSAGE])?;
    line.subject.pass(1_100);
    line.is_quiet(other, "another's answer that nobody reads")?;
    line.is_quiet(other, "another's answer that nobody reads")
}
