//! Messages on a secure channel.

use crate::line::{BROADCAST, Broken, Line, command, error, must};
use crate::peer::NO_COMMAND;
use crate::suite::checks;

checks! {
    a_sealed_message_without_a_channel_is_told_so, Keys:
        "a sealed message on a channel id without a channel gets NoChannel";
    a_changed_message_is_dropped, Keys:
        "a sealed message in which a bit is changed is dropped without a word, and the right one then opens";
    a_message_of_another_length_is_dropped, Keys:
        "a sealed message that is cut short or longer is dropped without a word";
    a_number_opens_once, Keys:
        "a sealed message that comes again is dropped without a word";
    numbers_only_rise, Keys:
        "numbers may be left out, and one that was passed over never opens";
    a_channel_is_bound_to_its_channel_id, Keys:
        "a message sealed on one channel id does not open on another";
    init_ends_no_channel, Keys:
        "INIT on its channel id ends no channel, nor does a half-sent message or CANCEL";
    a_new_channel_takes_the_place_of_the_old, Keys:
        "a new handshake leaves the channel before it alone until it is confirmed, then ends it";
    eight_channels_at_once, Keys:
        "eight channels live at once; a ninth takes the place of the one least recently used, which is told so";
    a_channel_ends_with_power, Keys:
        "no channel outlives the dongle's power";
}

fn a_sealed_message_without_a_channel_is_told_so(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    for length in [0, 3, 20, 21, 57, 200] {
        line.say(cid, command::SEALED, &vec![1; length])?;
        line.hear_error(cid, error::NO_CHANNEL, &format!("{length} sealed bytes without a channel"))?;
    }
    Ok(())
}

fn a_changed_message_is_dropped(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let (pending, message) = peer.seal(&[NO_COMMAND, 1, 2, 3])?;
    for bit in 0..message.len() * 8 {
        let mut changed = message.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        peer.is_dropped(line, &changed, &format!("a message changed in bit {bit}"))?;
    }
    let heard = line.ask(peer.cid, command::SEALED, &message, "the answer to the right message")?;
    peer.open(&pending, heard)?;
    peer.is_alive(line)
}

fn a_message_of_another_length_is_dropped(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let (pending, message) = peer.seal(&[NO_COMMAND, 1, 2, 3])?;
    for length in 0..message.len() {
        peer.is_dropped(line, &message[..length], &format!("{length} bytes of {}", message.len()))?;
    }
    let longer = [&message[..], &[0]].concat();
    peer.is_dropped(line, &longer, "a message with a byte too many")?;
    let heard = line.ask(peer.cid, command::SEALED, &message, "the answer to the right message")?;
    peer.open(&pending, heard)?;
    Ok(())
}

fn a_number_opens_once(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let (pending, message) = peer.seal(&[NO_COMMAND])?;
    let heard = line.ask(peer.cid, command::SEALED, &message, "the answer to a sealed request")?;
    peer.open(&pending, heard)?;
    peer.is_dropped(line, &message, "a message that comes again")?;
    peer.is_alive(line)?;
    peer.is_dropped(line, &message, "a message that comes again later")
}

fn numbers_only_rise(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let (_, passed_over) = peer.seal(&[NO_COMMAND])?;
    for _ in 0..300 {
        let _ = peer.seal(&[NO_COMMAND])?;
    }
    peer.is_alive(line)?;
    peer.is_dropped(line, &passed_over, "a number that was passed over")?;
    peer.is_alive(line)
}

fn a_channel_is_bound_to_its_channel_id(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut one, mut other) = (line.connect()?, line.connect()?);
    let without = line.channel_id()?;
    let (pending, message) = one.seal(&[NO_COMMAND])?;
    line.say(without, command::SEALED, &message)?;
    line.hear_error(without, error::NO_CHANNEL, "another's message on a channel id without a channel")?;
    other.is_dropped(line, &message, "another channel's message")?;
    let heard = line.ask(one.cid, command::SEALED, &message, "the answer on the channel's own channel id")?;
    one.open(&pending, heard)?;
    other.is_alive(line)
}

fn init_ends_no_channel(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    line.ask(peer.cid, command::INIT, b"a nonce.", "the answer to INIT")?;
    peer.is_alive(line)?;
    line.first(peer.cid, command::SEALED, 100, &[1; 57])?;
    line.ask(peer.cid, command::INIT, b"a nonce.", "the answer to INIT")?;
    peer.is_alive(line)?;
    line.first(peer.cid, command::CANCEL, 0, &[])?;
    line.ask(BROADCAST, command::INIT, b"a nonce.", "the answer to INIT")?;
    peer.is_alive(line)
}

fn a_new_channel_takes_the_place_of_the_old(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut old = line.connect()?;
    let mut new = line.shake_hands(old.cid)?;
    old.is_alive(line)?;
    new.is_alive(line)?;
    let (_, message) = old.seal(&[NO_COMMAND])?;
    new.is_dropped(line, &message, "a message of the channel before")?;
    new.is_alive(line)
}

fn eight_channels_at_once(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peers = Vec::new();
    for _ in 0..8 {
        peers.push(line.connect()?);
    }
    for peer in &mut peers {
        peer.is_alive(line)?;
    }
    // The third is now the one least recently used.
    for (number, peer) in peers.iter_mut().enumerate() {
        if number != 2 {
            peer.is_alive(line)?;
        }
    }
    // A dongle may keep more than eight; then nobody has to give way yet.
    let mut ninth = line.connect()?;
    for (number, peer) in peers.iter_mut().enumerate() {
        if number == 2 {
            let (pending, message) = peer.seal(&[NO_COMMAND])?;
            let heard = line.ask(peer.cid, command::SEALED, &message, "an answer, or NoChannel")?;
            let gave_way = heard.is_error(error::NO_CHANNEL);
            must(gave_way || peer.open(&pending, heard).is_ok(), || {
                "the channel least recently used is neither alive nor told that it is gone".into()
            })?;
        } else {
            peer.is_alive(line)?;
        }
    }
    ninth.is_alive(line)
}

fn a_channel_ends_with_power(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    line.subject.replug()?;
    let mut cid = line.channel_id()?;
    // Until the channel id that the channel had is given again, its messages have nowhere to go.
    for _ in 0..1_000 {
        if cid == peer.cid {
            break;
        }
        cid = line.channel_id()?;
    }
    let (_, message) = peer.seal(&[NO_COMMAND])?;
    line.say(cid, command::SEALED, &message)?;
    line.hear_error(cid, error::NO_CHANNEL, "a message of a channel from before the dongle had power")?;
    line.shake_hands(cid)?.is_alive(line)
}
