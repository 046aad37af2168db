//! What TOML means, however it is written.

use toml_edit::{Item, Table, Value};

/// Whether two items mean the same, however they are written.
pub(super) fn same(a: &Item, b: &Item) -> bool {
    if let (Some(a), Some(b)) = (a.as_table_like(), b.as_table_like()) {
        return a.len() == b.len()
            && a.iter()
                .all(|(key, item)| b.get(key).is_some_and(|other| same(item, other)));
    }
    if let (Some(a), Some(b)) = (a.as_array_of_tables(), b.as_array_of_tables()) {
        let pairs = a.iter().zip(b.iter());
        let alike =
            |(a, b): (&Table, &Table)| same(&Item::Table(a.clone()), &Item::Table(b.clone()));
        return a.len() == b.len() && pairs.into_iter().all(alike);
    }
    match (a.as_value(), b.as_value()) {
        (Some(Value::String(a)), Some(Value::String(b))) => a.value() == b.value(),
        (Some(Value::Integer(a)), Some(Value::Integer(b))) => a.value() == b.value(),
        (Some(Value::Float(a)), Some(Value::Float(b))) => {
            a.value().to_bits() == b.value().to_bits()
        }
        (Some(Value::Boolean(a)), Some(Value::Boolean(b))) => a.value() == b.value(),
        (Some(Value::Datetime(a)), Some(Value::Datetime(b))) => a.value() == b.value(),
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            let alike =
                |(a, b): (&Value, &Value)| same(&Item::Value(a.clone()), &Item::Value(b.clone()));
            a.len() == b.len() && a.iter().zip(b.iter()).all(alike)
        }
        _ => a.is_none() && b.is_none(),
    }
}
