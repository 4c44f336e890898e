//! The server's own key, by which push services know who sends (RFC 8292).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::interval::Instant;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

/// Seconds for which a signature holds; RFC 8292 §2 allows a day.
const HOLDS_S: i64 = 12 * 3_600;

/// A key pair of the curve P-256.
pub struct VapidKey(EcdsaKeyPair);

impl VapidKey {
    /// A new key, as it is kept (PKCS #8).
    pub fn generate() -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        let kept = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).ok()?;
        Some(kept.as_ref().to_vec())
    }

    /// The key that was kept; nothing if it is none.
    pub fn of_pkcs8(kept: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, kept, &random);
        Some(Self(pair.ok()?))
    }

    /// The public key, as devices are told it: base64url of an uncompressed point.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.public_point())
    }

    /// The public key as an uncompressed point.
    pub fn public_point(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    /// The value of `Authorization` for a push to `audience`, the origin of a push service.
    ///
    /// `contact` is where people can be reached who run this server: an address of the web or
    /// of mail, as RFC 8292 §2.1 has it.
    pub fn authorization(
        &self,
        audience: &str,
        contact: Option<&str>,
        now: Instant,
    ) -> Option<String> {
        let contact = contact.map(|it| format!(",\"sub\":{}", json(it))).unwrap_or_default();
        let claims = format!("{{\"aud\":{},\"exp\":{}{contact}}}", json(audience), now + HOLDS_S);
        let encoded = |it: &str| URL_SAFE_NO_PAD.encode(it);
        let signed =
            format!("{}.{}", encoded("{\"typ\":\"JWT\",\"alg\":\"ES256\"}"), encoded(&claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).ok()?;
        let signature = URL_SAFE_NO_PAD.encode(signature.as_ref());
        Some(format!("vapid t={signed}.{signature}, k={}", self.public()))
    }
}

/// A text in JSON; addresses have nothing in them but these two that means something there.
fn json(text: &str) -> String {
    let plain: String = text.chars().filter(|it| !it.is_control()).collect();
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn the_signature_is_by_the_key_that_is_told_with_it() {
        let key = VapidKey::of_pkcs8(&VapidKey::generate().unwrap()).unwrap();
        let told =
            key.authorization("https://push.example", Some("https://cal.example"), 1_000).unwrap();
        let (token, public) = told.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, key.public());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decoded = |it: &str| URL_SAFE_NO_PAD.decode(it).unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(public));
        public.verify(signed.as_bytes(), &decoded(signature)).unwrap();
        let claims = String::from_utf8(decoded(signed.split('.').nth(1).unwrap())).unwrap();
        let expected =
            "{\"aud\":\"https://push.example\",\"exp\":44200,\"sub\":\"https://cal.example\"}";
        assert_eq!(claims, expected);
    }

    #[test]
    fn what_was_not_kept_is_no_key() {
        assert!(VapidKey::of_pkcs8(b"anything").is_none());
    }
}
