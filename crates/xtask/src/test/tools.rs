//! Where the world's set-up found or put what the steps need.

use std::path::PathBuf;

use anyhow::{Context, Result};

#[derive(Clone, Debug)]
pub(super) struct Tools {
    /// In the build folder, for what a step needs while it runs.
    pub(super) folder: PathBuf,
    pub(super) python: PathBuf,
    pub(super) terraform: PathBuf,
    pub(super) terraform_config: PathBuf,
    /// The programs of this package's requirements.
    pub(super) programs: PathBuf,
}

impl Tools {
    /// From the lines `name path` that set-up ends with.
    pub(super) fn read(said: &str) -> Result<Self> {
        let path = |name: &str| {
            let line = said.lines().rev().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.map(PathBuf::from).with_context(|| format!("set-up says no `{name}`: {said}"))
        };
        Ok(Self {
            folder: path("folder")?,
            python: path("python")?,
            terraform: path("terraform")?,
            terraform_config: path("terraform_config")?,
            programs: path("programs")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_stands_before_what_was_found() {
        let said = "setting up Python with ministack (once)\nfolder /t/quillon\npython /t/a/bin/python\n\
            node_modules /t/n\nterraform /bin/terraform\nterraform_config /t/c\nprograms /t/b/bin\n";
        let tools = Tools::read(said).unwrap();
        assert_eq!(tools.terraform, PathBuf::from("/bin/terraform"));
        assert_eq!(tools.programs, PathBuf::from("/t/b/bin"));
    }

    #[test]
    fn what_set_up_does_not_say_is_named() {
        let error = Tools::read("folder /t/quillon\n").unwrap_err();
        assert!(error.to_string().starts_with("set-up says no `python`"), "{error}");
    }
}
