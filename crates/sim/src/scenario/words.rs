//! The words of one line: some by their place, some by their name.

use std::time::Duration;

use model::label::Release;

/// What is wrong with a line, and what to write instead.
pub(crate) type Wrong = String;

#[derive(Clone, Debug)]
pub(crate) struct Words<'a> {
    verb: &'a str,
    placed: std::collections::VecDeque<&'a str>,
    named: Vec<(&'a str, &'a str)>,
    /// Names that were asked for, for whoever has to be told them.
    known: Vec<&'static str>,
}

impl<'a> Words<'a> {
    /// Nothing, if there is no word.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let verb = words.next()?;
        let (mut placed, mut named) = (std::collections::VecDeque::new(), Vec::new());
        for word in words {
            match word.split_once('=') {
                Some((name, value)) if !name.is_empty() && !name.ends_with(['<', '>']) => {
                    named.push((name, value));
                }
                Some(_) | None => placed.push_back(word),
            }
        }
        Some(Self { verb, placed, named, known: Vec::new() })
    }

    pub(crate) fn verb(&self) -> &'a str {
        self.verb
    }

    /// The next word by place.
    pub(crate) fn next(&mut self) -> Option<&'a str> {
        self.placed.pop_front()
    }

    pub(crate) fn peek(&self) -> Option<&'a str> {
        self.placed.front().copied()
    }

    /// The next word, which `what` says.
    pub(crate) fn word(&mut self, what: &str) -> Result<&'a str, Wrong> {
        let verb = self.verb;
        self.next().ok_or_else(|| format!("`{verb}` needs {what}"))
    }

    /// One of these words.
    pub(crate) fn one_of<T: Copy>(&mut self, what: &str, all: &[(&str, T)]) -> Result<T, Wrong> {
        let listed = || all.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let verb = self.verb;
        let word = self.next().ok_or_else(|| format!("`{verb}` needs {what}: {}", listed()))?;
        let found = all.iter().find(|(name, _)| *name == word);
        found.map(|(_, it)| *it).ok_or_else(|| format!("`{word}` is not {what}; write {}", listed()))
    }

    /// These very words, which make the line read as a sentence.
    pub(crate) fn literally(&mut self, words: &str) -> Result<(), Wrong> {
        for expected in words.split(' ') {
            match self.next() {
                Some(word) if word == expected => {}
                Some(word) => return Err(format!("`{word}` stands where `{expected}` belongs")),
                None => return Err(format!("`{}` lacks `{expected}` at its end", self.verb)),
            }
        }
        Ok(())
    }

    pub(crate) fn named(&mut self, name: &'static str) -> Option<&'a str> {
        self.known.push(name);
        let place = self.named.iter().position(|(it, _)| *it == name)?;
        Some(self.named.remove(place).1)
    }

    pub(crate) fn span(&mut self, name: &'static str) -> Result<Option<Duration>, Wrong> {
        self.named(name).map(span).transpose()
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Result<Option<u32>, Wrong> {
        self.named(name).map(number).transpose()
    }

    /// Whatever is left over means nothing.
    pub(crate) fn end(self) -> Result<(), Wrong> {
        if let Some((name, value)) = self.named.first() {
            let known: Vec<String> = self.known.iter().map(|known| format!("`{known}=`")).collect();
            let known = if known.is_empty() { "nothing of the kind".to_owned() } else { known.join(", ") };
            return Err(format!("`{}` does not know `{name}={value}`; it knows {known}", self.verb));
        }
        match self.placed.front() {
            Some(word) => Err(format!("`{word}` is one word too many for `{}`", self.verb)),
            None => Ok(()),
        }
    }
}

/// `250ms`, `5s`, `2m`, `1h30m`, `3d`.
pub(crate) fn span(text: &str) -> Result<Duration, Wrong> {
    let wrong = || format!("`{text}` is no span of time; write it like `250ms`, `5s`, `2m`, `1h30m` or `3d`");
    let (mut rest, mut sum) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let n: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = &rest[digits..];
        let letters = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let ms: u64 = match &unit[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        // A thousand years are enough for anybody.
        let ms = n.checked_mul(ms).filter(|ms| *ms < 32_000_000_000_000).ok_or_else(wrong)?;
        sum += Duration::from_millis(ms);
        rest = &unit[letters..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(sum) }
}

pub(crate) fn number(text: &str) -> Result<u32, Wrong> {
    text.parse().map_err(|_| format!("`{text}` is no whole number"))
}

pub(crate) fn release(text: &str) -> Result<Release, Wrong> {
    text.parse().map_err(|_| format!("`{text}` is no release; write it like `v0.19.4`"))
}
