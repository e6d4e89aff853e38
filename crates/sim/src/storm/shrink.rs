//! The shortest story that still fails.

/// Whether a story still shows what is looked for.
type Fails<'a> = &'a dyn Fn(&[String]) -> bool;

/// Whether a line stays: without it the story would fail of itself.
type IsNeeded<'a> = &'a dyn Fn(&str) -> bool;

/// Leaves out and makes smaller whatever the failure does not need.
pub(super) fn shrink(mut lines: Vec<String>, is_needed: IsNeeded<'_>, fails: Fails<'_>) -> Vec<String> {
    loop {
        let before = lines.clone();
        lines = without(lines, is_needed, fails);
        lines = smaller(lines, fails);
        if lines == before {
            return lines;
        }
    }
}

/// First halves, then quarters, at last single lines.
fn without(mut lines: Vec<String>, is_needed: IsNeeded<'_>, fails: Fails<'_>) -> Vec<String> {
    let mut n = lines.len() / 2;
    while n > 0 {
        let mut from = 0;
        while from < lines.len() {
            if lines[from..(from + n).min(lines.len())].iter().any(|line| is_needed(line)) {
                from += n;
                continue;
            }
            let rest: Vec<String> =
                lines[..from].iter().chain(lines[(from + n).min(lines.len())..].iter()).cloned().collect();
            if fails(&rest) {
                lines = rest;
            } else {
                from += n;
            }
        }
        n /= 2;
    }
    lines
}

/// Numbers become one, or half; what is named and not needed goes.
fn smaller(mut lines: Vec<String>, fails: Fails<'_>) -> Vec<String> {
    for place in 0..lines.len() {
        while let Some(next) = lighter(&lines[place]).into_iter().find_map(|line| {
            let mut tried = lines.clone();
            tried[place] = line;
            fails(&tried).then_some(tried)
        }) {
            lines = next;
        }
    }
    lines
}

fn lighter(line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut found = Vec::new();
    for (place, word) in words.iter().enumerate().skip(1) {
        let with = |instead: Option<String>| {
            let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            match instead {
                Some(word) => words[place] = word,
                None => drop(words.remove(place)),
            }
            words.join(" ")
        };
        let Some((name, value)) = word.split_once('=') else { continue };
        if !name.is_empty() {
            found.push(with(None));
        }
        if let Ok(n) = value.parse::<u64>()
            && n > 1
        {
            found.extend([1, n / 2, n - 1].map(|n| with(Some(format!("{name}={n}")))));
        }
    }
    found
}
