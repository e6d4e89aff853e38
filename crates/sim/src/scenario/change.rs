//! What changes in the world without being a fault of anybody's.

use super::job::one_of_name;
use super::words::{Words, Wrong};
use crate::installation::Installation;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// New machines of every pool are made of another image.
    NewImage,
    /// Somebody has registered a runner with the very name of the job's first.
    Namesake(String),
    /// GitHub takes this version of its runner no more, or takes it again.
    IsRefused(bool),
}

impl Change {
    /// Nothing, if the line is about something else.
    pub(crate) fn read(words: &mut Words<'_>) -> Result<Option<Self>, Wrong> {
        Ok(Some(match words.verb() {
            "new" => {
                words.literally("image")?;
                Self::NewImage
            }
            "namesake" => {
                words.literally("of")?;
                Self::Namesake(words.word("the name of a job")?.to_owned())
            }
            "runners" => {
                words.literally("are")?;
                Self::IsRefused(
                    words.one_of("what GitHub does with them", &[("refused", true), ("welcome", false)])?,
                )
            }
            _ => return Ok(None),
        }))
    }

    pub(crate) fn apply(&self, of: &mut Installation) -> Result<(), Wrong> {
        match self {
            Self::NewImage => {
                let of_nodes = of.rules.pools.values().filter(|pool| !pool.is_serverless());
                let pools: Vec<_> = of_nodes.map(|pool| pool.name.clone()).collect();
                pools.iter().for_each(|pool| of.renew_template(pool));
            }
            Self::Namesake(job) => {
                let job = one_of_name(of, job)?;
                of.register_namesake(job)?;
            }
            Self::IsRefused(is_refused) => of.refuse_runners(*is_refused),
        }
        Ok(())
    }
}
