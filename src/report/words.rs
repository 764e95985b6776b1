//! The words of reports, one file per language.

use crate::runbook::model::Language;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A language's words, by keys such as `event.paused`.
#[derive(Debug)]
pub struct Words {
    flat: BTreeMap<String, String>,
    language: Language,
}

impl Words {
    /// The words of `language`.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        static EN: OnceLock<Words> = OnceLock::new();
        static FR: OnceLock<Words> = OnceLock::new();
        match language {
            Language::En => EN.get_or_init(|| {
                let figures = include_str!("../../templates/words/figures.en.yaml");
                Self::parse(Language::En, &[include_str!("../../templates/words/en.yaml"), figures])
            }),
            Language::Fr => FR.get_or_init(|| {
                let figures = include_str!("../../templates/words/figures.fr.yaml");
                Self::parse(Language::Fr, &[include_str!("../../templates/words/fr.yaml"), figures])
            }),
        }
    }

    /// The files are part of the program; a test holds them to their form.
    fn parse(language: Language, texts: &[&str]) -> Self {
        let mut flat = BTreeMap::new();
        let read = |text: &&str| serde_yaml::from_str::<BTreeMap<String, serde_json::Value>>(text).unwrap_or_default();
        for (key, value) in texts.iter().flat_map(read) {
            match value {
                serde_json::Value::String(text) => {
                    flat.insert(key, text);
                }
                serde_json::Value::Object(group) => flat.extend(
                    group
                        .into_iter()
                        .filter_map(|(name, text)| Some((format!("{key}.{name}"), text.as_str()?.to_owned()))),
                ),
                _ => {}
            }
        }
        Self { flat, language }
    }

    /// Their language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The word for `key`; the key itself when there is none, so that a gap is seen and nothing is lost.
    #[must_use]
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.flat.get(key).map_or(key, String::as_str)
    }

    /// The sentence for `key`, its `{names}` filled in one pass: values are never read as sentences.
    #[must_use]
    pub fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut said = String::new();
        let mut rest = self.get(key);
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                said.push('{');
                rest = after;
                continue;
            };
            said.push_str(values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value));
            rest = after;
        }
        said.push_str(rest);
        said
    }

    /// Whether the language sets a space before its double punctuation.
    #[must_use]
    pub fn is_french(&self) -> bool {
        self.get("language") == "fr"
    }

    /// Every key with its sentence.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.flat.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> = text.split('{').skip(1).map(|piece| piece.split('}').next().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn languages_have_the_same_keys_and_names() {
        let form = |words: &'static Words| words.iter().map(|(key, text)| (key, names(text))).collect::<Vec<_>>();
        let (en, fr) = (form(Words::of(Language::En)), form(Words::of(Language::Fr)));
        assert!(en.len() > 150);
        assert_eq!(en, fr);
    }

    #[test]
    fn values_are_not_read_as_sentences() {
        let words = Words::of(Language::En);
        let said = words.say("event.run-started", &[("title", "{host}"), ("runbook", "R"), ("host", "h")]);
        assert_eq!(said, "Run started: {host} (R),  mode, on h");
    }
}
