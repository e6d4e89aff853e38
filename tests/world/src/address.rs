//! Endpoints that have moved, in texts that name them: a user's data does so in base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Old endpoint and new one, where they differ.
pub(crate) type Moved = Vec<(String, String)>;

/// The text with new endpoints, if it names an old one.
pub(crate) fn replaced(text: &str, moved: &Moved) -> Option<String> {
    if moved.is_empty() {
        return None;
    }
    let plain = moved.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
    let whole = decoded_and_replaced(&plain, moved);
    (whole != text).then_some(whole)
}

/// The same within each word that is a text in base64.
fn decoded_and_replaced(text: &str, moved: &Moved) -> String {
    let is_base64 = |letter: char| letter.is_ascii_alphanumeric() || ['+', '/', '='].contains(&letter);
    // Shorter words cannot hold an endpoint.
    let shortest = moved.iter().map(|(old, _)| old.len()).min().unwrap_or_default();
    let mut whole = String::with_capacity(text.len());
    for piece in text.split_inclusive(|letter| !is_base64(letter)) {
        let (word, rest) = piece.split_at(piece.trim_end_matches(|letter| !is_base64(letter)).len());
        match Some(word).filter(|word| word.len() > shortest).and_then(|word| renamed(word, moved)) {
            Some(renamed) => whole.push_str(&renamed),
            None => whole.push_str(word),
        }
        whole.push_str(rest);
    }
    whole
}

fn renamed(word: &str, moved: &Moved) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(word).ok()?).ok()?;
    Some(STANDARD.encode(replaced(&text, moved)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Option<String> {
        let moved = [("127.0.0.1:8080", "127.0.0.1:65000"), ("127.0.0.1:8081", "127.0.0.1:65001")];
        replaced(text, &moved.map(|(old, new)| (old.to_owned(), new.to_owned())).into())
    }

    #[test]
    fn an_endpoint_is_found_in_a_text_and_in_base64() {
        assert_eq!(
            check("{\"at\": \"http://127.0.0.1:8080/x\"}").unwrap(),
            "{\"at\": \"http://127.0.0.1:65000/x\"}"
        );
        let script = |at: &str| {
            format!("{{\"data\": \"{}\"}}", STANDARD.encode(format!("#!/bin/sh\nAPI=http://{at}\n")))
        };
        assert_eq!(check(&script("127.0.0.1:8080")).unwrap(), script("127.0.0.1:65000"));
    }

    #[test]
    fn what_names_none_stays_as_it_is() {
        let other = STANDARD.encode("http://127.0.0.1:9090, and no more than that");
        for text in ["", "http://127.0.0.1:9090", &other, "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ===", "é 127"] {
            assert_eq!(check(text), None, "{text}");
        }
    }
}
