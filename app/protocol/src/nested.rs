//! An option in an option, as JSON: the outer one is null or a list of one. Else `Some(None)` would come as `None`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes it.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(|inner| [inner]).serialize(serializer)
}

/// Reads it.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Ok(Option::<[Option<T>; 1]>::deserialize(deserializer)?.map(|[inner]| inner))
}
