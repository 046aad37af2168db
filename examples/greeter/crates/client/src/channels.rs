//! Channels by target, for whoever learns at run time whom to call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::target::TargetError;
use crate::{Channel, Settings};

/// Channels by target: at most one for each, and not more than so many.
#[derive(Debug)]
pub struct Channels {
    settings: Settings,
    most: usize,
    open: Mutex<HashMap<String, Channel>>,
}

/// There is no channel for a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelsError {
    /// It is no target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// There are too many others, and all of them are in use.
    #[error("no channel for `{target}`: all {most} channels are in use; drop one, or allow more")]
    TooMany {
        /// The target.
        target: String,
        /// How many channels there may be.
        most: usize,
    },
}

impl Channels {
    /// At most `most` channels with these settings, whose target does not matter.
    pub fn new(settings: Settings, most: usize) -> Self {
        Self {
            settings,
            most,
            open: Mutex::default(),
        }
    }

    /// The channel for `target`; opened if there is none, in place of one that nobody holds if there are
    /// too many.
    ///
    /// Must be called where tokio runs.
    pub fn channel(&self, target: &str) -> Result<Channel, ChannelsError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = open.get(target) {
            return Ok(channel.clone());
        }
        let settings = Settings {
            target: target.to_owned(),
            ..self.settings.clone()
        };
        let mut unused = None;
        if open.len() >= self.most {
            let alone = open.iter().find(|(_, channel)| channel.is_alone());
            let (alone, _) = alone.ok_or_else(|| ChannelsError::TooMany {
                target: target.to_owned(),
                most: self.most,
            })?;
            unused = Some(alone.clone());
        }
        // What is no target takes no place.
        let channel = Channel::builder(&settings).open()?;
        if let Some(unused) = unused {
            open.remove(&unused);
        }
        open.insert(target.to_owned(), channel.clone());
        Ok(channel)
    }

    /// How many channels there are.
    pub fn count(&self) -> usize {
        let open = self.open.lock();
        open.unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_is_one_channel_for_a_target_and_not_too_many() {
        let channels = Channels::new(Settings::new(""), 2);
        let one = channels.channel("http://one:1").unwrap();
        let again = channels.channel("http://one:1").unwrap();
        assert_eq!(channels.count(), 1);
        let two = channels.channel("http://two:1").unwrap();
        let error = channels.channel("http://three:1").unwrap_err();
        assert!(
            error.to_string().contains("all 2 channels are in use"),
            "{error}"
        );
        drop(two);
        channels.channel("http://three:1").unwrap();
        assert_eq!(channels.count(), 2);
        assert!(channels.channel("three").is_err());
        drop((one, again));
    }

    #[tokio::test]
    async fn what_is_no_target_costs_no_channel() {
        let channels = Channels::new(Settings::new(""), 1);
        channels.channel("http://one:1").unwrap();
        channels.channel("one").unwrap_err();
        assert_eq!(channels.count(), 1);
    }
}
