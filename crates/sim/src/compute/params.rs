//! Reading a request's members, whichever protocol brought them.

use super::refusal::{Refusal, Service};
use serde_json::{Map, Value};

/// The members of a request or of one structure in it. Query protocols bring numbers and flags as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Params<'a> {
    service: Service,
    members: &'a Value,
}

impl<'a> Params<'a> {
    pub(crate) fn new(service: Service, members: &'a Value) -> Self {
        Self { service, members }
    }

    pub(crate) fn raw(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.raw(name)?.as_str()
    }

    pub(crate) fn need(&self, name: &str) -> Result<&'a str, Refusal> {
        let text = self.text(name).filter(|text| !text.is_empty());
        text.ok_or_else(|| Refusal::missing(self.service, name))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        number.map(Some).ok_or_else(|| Refusal::malformed(self.service, name))
    }

    pub(crate) fn need_number(&self, name: &str) -> Result<i64, Refusal> {
        self.number(name)?.ok_or_else(|| Refusal::missing(self.service, name))
    }

    pub(crate) fn need_flag(&self, name: &str) -> Result<bool, Refusal> {
        self.flag(name)?.ok_or_else(|| Refusal::missing(self.service, name))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        let flag = value.as_bool().or_else(|| value.as_str()?.to_ascii_lowercase().parse().ok());
        flag.map(Some).ok_or_else(|| Refusal::malformed(self.service, name))
    }

    /// A list; what is no list (the query protocols' spelling of an empty one) is empty.
    pub(crate) fn list(&self, name: &str) -> &'a [Value] {
        self.raw(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&'a str> {
        self.list(name).iter().filter_map(Value::as_str).collect()
    }

    /// The structures of a list.
    pub(crate) fn each(&self, name: &str) -> impl Iterator<Item = Params<'a>> + use<'a> {
        let service = self.service;
        self.list(name).iter().map(move |members| Params { service, members })
    }

    /// The structure of that name, empty if it is not there.
    pub(crate) fn inner(&self, name: &str) -> Params<'a> {
        Params { service: self.service, members: self.raw(name).unwrap_or(&Value::Null) }
    }

    /// The members of `names` that are there, as given.
    pub(crate) fn only(&self, names: &[&str]) -> Map<String, Value> {
        let given = names.iter().filter_map(|name| Some(((*name).to_owned(), self.raw(name)?.clone())));
        given.collect()
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.members
    }

    /// One page of `all`, and the token of the next. A token is the place it begins at.
    pub(crate) fn page<T>(
        &self,
        all: Vec<T>,
        size_name: &str,
        token_name: &str,
        default_size: usize,
    ) -> Result<(Vec<T>, Option<String>), Refusal> {
        let begin = match self.text(token_name) {
            Some(token) => decode(token).ok_or_else(|| Refusal::bad_page_token(self.service))?,
            None => 0,
        };
        let size = self.number(size_name)?.and_then(|size| usize::try_from(size).ok());
        let size = size.unwrap_or(default_size).max(1);
        let n_all = all.len();
        let page: Vec<T> = all.into_iter().skip(begin).take(size).collect();
        let end = begin + page.len();
        Ok((page, (end < n_all).then(|| format!("page-{end:08x}"))))
    }
}

fn decode(token: &str) -> Option<usize> {
    usize::from_str_radix(token.strip_prefix("page-")?, 16).ok()
}

/// Sets `members[name]` if there is something to set.
pub(crate) fn put(members: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value.into());
    }
}
