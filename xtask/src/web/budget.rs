//! `app/budget.json`: how large the parts of the app may be. A build that is larger fails.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::web::report::Part;

/// Compares the parts with what the budget, a JSON object of bytes by their names, allows.
pub fn hold(budget: &str, parts: &[Part]) -> Result<()> {
    let budget: BTreeMap<String, Value> = serde_json::from_str(budget).context("app/budget.json cannot be read")?;
    for Part { name, what, sent, .. } in parts {
        let most =
            budget.get(*name).and_then(Value::as_u64).with_context(|| format!("app/budget.json has no {name}"))?;
        ensure!(*sent <= most, "{what}: {sent} bytes, and app/budget.json allows {most}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_or_has_no_budget_fails() {
        let part = |sent| [Part { name: "first", what: "first", raw: 9, sent }];
        assert!(hold(r#"{"what": "…", "first": 5}"#, &part(5)).is_ok());
        assert!(hold(r#"{"first": 5}"#, &part(6)).is_err());
        assert!(hold(r#"{"last": 5}"#, &part(5)).is_err());
        assert!(hold("", &part(5)).is_err());
    }
}
