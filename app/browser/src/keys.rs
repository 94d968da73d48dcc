//! Keys of this device: ECDSA on P-256. The private half never leaves the browser's own keeping.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::scope;

/// A pair of keys.
#[derive(Clone, Debug)]
pub struct DeviceKey(JsValue);

/// Why there is no key, or no signature; the text is the browser's.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the browser's keys cannot be used: {0}")]
pub struct KeyError(String);

impl KeyError {
    fn of(error: JsValue) -> Self {
        Self(format!("{error:?}"))
    }
}

impl DeviceKey {
    /// A new pair.
    pub async fn generate() -> Result<Self, KeyError> {
        let algorithm = object(&[("name", "ECDSA"), ("namedCurve", "P-256")]);
        let usages = Array::of2(&"sign".into(), &"verify".into());
        let pair = subtle()?.generate_key_with_object(&algorithm, false, &usages).map_err(KeyError::of)?;
        Ok(Self(JsFuture::from(pair).await.map_err(KeyError::of)?))
    }

    /// The pair that was stored as this value, if it is one.
    pub(super) fn of(value: JsValue) -> Option<Self> {
        let key = Self(value);
        (key.half("privateKey").is_ok() && key.half("publicKey").is_ok()).then_some(key)
    }

    pub(super) fn value(&self) -> &JsValue {
        &self.0
    }

    /// The public half: an uncompressed point, 65 bytes.
    pub async fn public(&self) -> Result<Vec<u8>, KeyError> {
        let exported = subtle()?.export_key("raw", &self.half("publicKey")?).map_err(KeyError::of)?;
        let bytes = JsFuture::from(exported).await.map_err(KeyError::of)?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }

    /// Signs a statement: the signature as two plain numbers, 64 bytes.
    pub async fn sign(&self, statement: &str) -> Result<Vec<u8>, KeyError> {
        let algorithm = object(&[("name", "ECDSA"), ("hash", "SHA-256")]);
        let statement = Uint8Array::from(statement.as_bytes());
        let signed = subtle()?
            .sign_with_object_and_buffer_source(&algorithm, &self.half("privateKey")?, &statement)
            .map_err(KeyError::of)?;
        let bytes = JsFuture::from(signed).await.map_err(KeyError::of)?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }

    fn half(&self, name: &str) -> Result<CryptoKey, KeyError> {
        let key = Reflect::get(&self.0, &name.into()).map_err(KeyError::of)?;
        key.dyn_into().map_err(KeyError::of)
    }
}

fn subtle() -> Result<SubtleCrypto, KeyError> {
    scope::subtle().ok_or_else(|| KeyError("this page is not secure".to_owned()))
}

fn object(pairs: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in pairs {
        // Setting a field of a new plain object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object
}
