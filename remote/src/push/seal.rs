//! Encryption of a message for one device (RFC 8291), in one record of `aes128gcm` (RFC 8188).

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::{SecureRandom, SystemRandom};

/// Bytes of an uncompressed point of the curve P-256.
const POINT_BYTES: usize = 65;
/// Bytes of a record, as the header tells; ours is shorter, and the last.
const RECORD_BYTES: u32 = 4096;
/// Bytes of a message: what push services take (RFC 8291 §4), with the header and the tag.
const MESSAGE_MAX_BYTES: usize = 3_900;
/// Bytes of the salt.
const SALT_BYTES: usize = 16;
/// What follows the last byte of the last record (RFC 8188 §2).
const LAST: u8 = 2;

/// The message as the body of a push; nothing if the device's keys are none, or it is too long.
///
/// `device` is the device's public key as an uncompressed point, `auth` its secret of 16 bytes.
pub fn seal(message: &[u8], device: &[u8], auth: &[u8]) -> Option<Vec<u8>> {
    let random = SystemRandom::new();
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt).ok()?;
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).ok()?;
    let public = own.compute_public_key().ok()?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, device);
    let keys = Keys { device, auth, own: public.as_ref() };
    agree_ephemeral(own, &peer, |shared| sealed(message, &keys, shared, salt)).ok()?
}

/// Who talks to whom.
struct Keys<'a> {
    device: &'a [u8],
    auth: &'a [u8],
    own: &'a [u8],
}

fn sealed(
    message: &[u8],
    keys: &Keys<'_>,
    shared: &[u8],
    salt: [u8; SALT_BYTES],
) -> Option<Vec<u8>> {
    if message.len() > MESSAGE_MAX_BYTES || keys.device.len() != POINT_BYTES {
        return None;
    }
    // RFC 8291 §3.4: both public keys and the device's secret go into the key.
    let both = [b"WebPush: info\0", keys.device, keys.own].concat();
    let input = expanded(&mac(keys.auth, shared), &both);
    let secret = mac(&salt, &input);
    let key = expanded(&secret, b"Content-Encoding: aes128gcm\0");
    let nonce = expanded(&secret, b"Content-Encoding: nonce\0");
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).ok()?;
    let mut record = [message, &[LAST]].concat();
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record).ok()?;
    let own_bytes = u8::try_from(keys.own.len()).ok()?;
    Some([&salt, &RECORD_BYTES.to_be_bytes()[..], &[own_bytes], keys.own, &record].concat())
}

/// HKDF's first step, and HMAC itself (RFC 5869 §2.2).
fn mac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(HMAC_SHA256, key), data);
    std::array::from_fn(|at| tag.as_ref()[at])
}

/// HKDF's second step, for 32 bytes or fewer (RFC 5869 §2.3).
fn expanded(key: &[u8], info: &[u8]) -> [u8; 32] {
    mac(key, &[info, &[1]].concat())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn the_example_of_rfc_8291_comes_out_byte_for_byte() {
        let device = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let own = bytes(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let keys = Keys { device: &device, auth: &auth, own: &own };
        let shared = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let message = b"When I grow up, I want to be a watermelon";
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg\
            Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXP\
            XLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        let found = sealed(message, &keys, &shared, salt).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(found), expected);
    }

    #[test]
    fn keys_that_are_none_and_messages_that_are_too_long_are_refused() {
        let random = SystemRandom::new();
        let device = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
        let device = device.compute_public_key().unwrap();
        let device = device.as_ref();
        assert!(seal(b"x", device, &[7; 16]).is_some());
        assert!(seal(b"x", &device[1..], &[7; 16]).is_none());
        assert!(seal(b"x", &[4; 65], &[7; 16]).is_none(), "no point of the curve");
        assert!(seal(&[0; 5_000], device, &[7; 16]).is_none());
    }
}
