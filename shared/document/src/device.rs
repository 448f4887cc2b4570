//! What a maker states of a dongle: its keys, its class and its model.

use crate::{
    Authority, Body, Class, Delegation, DocumentError, DongleId, Kind, Limit, MakerId, Name, Scope, Time, V1,
    delegation,
};
use holdfast_crypto::{Hash, Key};
use serde::{Deserialize, Serialize};

/// Body of a Device document: what an X.509 certificate says, in a form that firmware can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device<'a> {
    /// Version 1.
    pub version: V1,
    /// Digest of the Delegation whose key signs; zeros for the maker's root.
    pub signer: Hash,
    /// When it was signed.
    pub issued: Time,
    /// Who made the device.
    pub maker: MakerId,
    /// Signs statements and loans.
    pub identity: Key,
    /// Ends the secure channel.
    pub channel: Key,
    /// Secrets are sealed to it.
    pub sealing: Key,
    /// How hard it is to break.
    pub class: Class,
    /// The model.
    #[serde(borrow)]
    pub model: Name<'a>,
    /// Whether it is a production device. Development and production never mix.
    pub production: bool,
}

impl Device<'_> {
    /// The id of the dongle with these keys.
    pub fn id(&self) -> DongleId {
        DongleId::of(&self.identity, &self.channel, &self.sealing)
    }
}

impl<'a> Body<'a> for Device<'a> {
    const KIND: Kind = Kind::Device;

    fn signer(&self) -> Hash {
        self.signer
    }

    fn issued(&self) -> Time {
        self.issued
    }

    fn authority(&self) -> Option<Authority> {
        Some(Authority::Maker(self.maker))
    }

    fn production(&self) -> Option<bool> {
        Some(self.production)
    }

    fn check(&self) -> Result<(), DocumentError> {
        Ok(())
    }

    fn within(&self, delegation: &Delegation<'_>) -> Result<(), Limit> {
        match &delegation.scope {
            Scope::Maker { models, .. } if !delegation::allows(models, self.model) => Err(Limit::Models),
            Scope::Maker { best_class, .. } if !best_class.reaches(self.class) => Err(Limit::Class),
            Scope::Maker { production, .. } if *production != self.production => Err(Limit::Production),
            Scope::Maker { .. } => Ok(()),
            Scope::Vendor { .. } => Err(Limit::Scope),
        }
    }
}
