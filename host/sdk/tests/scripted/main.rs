//! The SDK against a dongle that does as it is told: loses answers, forgets its channel, is busy,
//! is unplugged, lies. What a dongle does by itself is not looked at here.

mod charging;
mod environment;
mod features;
mod scripted;
mod talking;
mod vendor;

use environment::Still;
use holdfast::{Framed, License, Product, Transport, Vendor};
use scripted::Scripted;
use std::sync::Arc;

/// Opens the product on these dongles.
fn open(environment: &Arc<Still>, dongles: &[&Scripted]) -> Result<License, holdfast::Error> {
    let product = Product::new(Vendor::read(vendor::record(true)).unwrap(), vendor::PRODUCT);
    let transports = dongles
        .iter()
        .map(|dongle| Box::new(Framed::new(dongle.cable(), environment.clone())) as Box<dyn Transport>);
    product.open_with(environment.clone(), transports)
}
