//! Walking a JSON document, and noting what is wrong with it on the way.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::{Map, Value};

use super::{Fault, form::Form};

/// A place in the document, and what stands there.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    path: String,
    value: &'a Value,
    faults: &'a RefCell<Vec<Fault>>,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value, faults: &'a RefCell<Vec<Fault>>) -> Self {
        Self { path: String::new(), value, faults }
    }

    /// Notes that what stands here will not do.
    pub(super) fn fault(&self, message: impl Into<String>) {
        self.faults.borrow_mut().push(Fault { path: self.path.clone(), message: message.into() });
    }

    pub(super) fn read<T>(&self, form: &Form<T>) -> Option<T> {
        let read = (form.read)(self.value);
        if read.is_none() {
            self.fault(format!("cannot be {}; write {}", shown(self.value), form.like));
        }
        read
    }

    /// `None` where the document says `null`.
    pub(super) fn read_optional<T>(&self, form: &Form<T>) -> Option<Option<T>> {
        if self.value.is_null() { Some(None) } else { self.read(form).map(Some) }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The elements of a list that has some, no two alike.
    pub(super) fn list<T: Ord>(&self, form: &Form<T>) -> Option<Vec<(Self, T)>> {
        let nodes = self.items(form.like)?.into_iter();
        let read: Vec<(Self, Option<T>)> = nodes.map(|node| (node.clone(), node.read(form))).collect();
        let mut seen = BTreeSet::new();
        for (node, item) in &read {
            if item.as_ref().is_some_and(|item| !seen.insert(item)) {
                node.fault(format!("{} stands there twice; leave it out", shown(node.value)));
            }
        }
        read.into_iter().map(|(node, item)| Some((node, item?))).collect()
    }

    /// The elements of a list that has some.
    pub(super) fn items(&self, like: &str) -> Option<Vec<Self>> {
        if self.value.as_array().is_some_and(Vec::is_empty) {
            self.fault(format!("cannot be {}; write a list of at least one: {like}", shown(self.value)));
            return None;
        }
        self.any_items(&format!("at least one: {like}"))
    }

    /// The same of one that may be empty.
    pub(super) fn any_items(&self, like: &str) -> Option<Vec<Self>> {
        let Some(values) = self.value.as_array() else {
            self.fault(format!("cannot be {}; write a list of {like}", shown(self.value)));
            return None;
        };
        let node = |(i, value)| Self { path: format!("{}[{i}]", self.path), value, faults: self.faults };
        Some(values.iter().enumerate().map(node).collect())
    }

    /// What an object of known fields holds. Fields that `read` does not ask for are faults.
    pub(super) fn object<T>(&self, read: impl FnOnce(&Object<'a>) -> T) -> Option<T> {
        let Some(fields) = self.value.as_object() else {
            self.fault(format!("cannot be {}; write an object", shown(self.value)));
            return None;
        };
        let object = Object { node: self.clone(), fields, asked: RefCell::default() };
        let value = read(&object);
        object.refuse_the_rest();
        Some(value)
    }

    /// What an object holds whose keys are names people chose.
    pub(super) fn entries(&self) -> Option<BTreeMap<&'a str, Self>> {
        let entries = self.any_entries().filter(|entries| !entries.is_empty());
        if entries.is_none() {
            self.fault(format!("cannot be {}; write an object with at least one entry", shown(self.value)));
        }
        entries
    }

    /// The same of one that may be empty; nothing, if it is no object.
    pub(super) fn any_entries(&self) -> Option<BTreeMap<&'a str, Self>> {
        let fields = self.value.as_object()?;
        Some(fields.iter().map(|(key, value)| (key.as_str(), self.child(key, value))).collect())
    }

    /// The names of an object's fields, whatever they hold.
    pub(super) fn keys(&self) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
        Some(self.value.as_object()?.keys().map(String::as_str))
    }

    /// What an object has under this name, if it is one and has it.
    pub(super) fn child_of(&self, name: &str) -> Option<Self> {
        Some(self.child(name, self.value.as_object()?.get(name)?))
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { path, value, faults: self.faults }
    }
}

/// An object of known fields.
#[derive(Debug)]
pub(super) struct Object<'a> {
    node: Node<'a>,
    fields: &'a Map<String, Value>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Object<'a> {
    /// A field that has to be there; `like` says what with.
    pub(super) fn field(&self, name: &'static str, like: &str) -> Option<Node<'a>> {
        self.asked.borrow_mut().push(name);
        let Some(value) = self.fields.get(name) else {
            self.node.child(name, &Value::Null).fault(format!("is missing; write {like}"));
            return None;
        };
        Some(self.node.child(name, value))
    }

    pub(super) fn read<T>(&self, name: &'static str, form: &Form<T>) -> Option<T> {
        self.field(name, form.like)?.read(form)
    }

    /// A field that may be left out.
    pub(super) fn optional(&self, name: &'static str) -> Option<Node<'a>> {
        self.asked.borrow_mut().push(name);
        self.fields.get(name).map(|value| self.node.child(name, value))
    }

    /// A field that may be left out, or be `null`, which is the same.
    pub(super) fn given(&self, name: &'static str) -> Option<Node<'a>> {
        self.optional(name).filter(|node| !node.value.is_null())
    }

    /// A field that may be left out, or be `null`, which is the same.
    pub(super) fn read_or<T>(&self, name: &'static str, form: &Form<T>, default: T) -> Option<T> {
        match self.optional(name) {
            Some(node) => node.read_optional(form).map(|value| value.unwrap_or(default)),
            None => Some(default),
        }
    }

    /// An object in this one. Of one that is not there, every field is missing: that says more.
    pub(super) fn object<T>(&self, name: &'static str, read: impl FnOnce(&Object<'a>) -> T) -> Option<T> {
        static EMPTY: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));
        self.asked.borrow_mut().push(name);
        self.node.child(name, self.fields.get(name).unwrap_or(&EMPTY)).object(read)
    }

    /// Notes that the object as a whole will not do.
    pub(super) fn fault(&self, message: impl Into<String>) {
        self.node.fault(message);
    }

    fn refuse_the_rest(&self) {
        let asked = self.asked.borrow();
        for (key, value) in self.fields.iter().filter(|(key, _)| !asked.contains(&key.as_str())) {
            let known = asked.join("`, `");
            self.node.child(key, value).fault(format!("is unknown; write only `{known}`"));
        }
    }
}

/// A value short enough for a sentence.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(items) if items.is_empty() => "empty".to_owned(),
        Value::Object(fields) if fields.is_empty() => "empty".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let text = value.to_string();
            let short: String = text.chars().take(80).collect();
            if short.len() < text.len() { format!("{short}…") } else { text }
        }
    }
}
