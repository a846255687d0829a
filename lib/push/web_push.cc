#include "lib/push/web_push.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <memory>
#include <utility>

#include "lib/base/json.h"
#include "lib/push/base64url.h"

namespace push {
namespace {

constexpr size_t kKeyBytes = 16;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kIkmBytes = 32;
constexpr char kLastRecord = '\x02';

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Kdf = std::unique_ptr<EVP_KDF, Free<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Free<EVP_KDF_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

auto Failed(const std::string& what) {
  return base::Fail(base::Errc::kInternal, "OpenSSL could not " + what);
}

struct Derivation {
  std::string_view salt;
  std::string_view secret;
  std::string info;
  size_t size;
};

// HKDF with SHA-256 (RFC 5869).
base::Result<std::string> Derive(const Derivation& from) {
  const Kdf kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfContext context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  std::string salt(from.salt), secret(from.secret), info(from.info), digest = "SHA256";
  const std::array<OSSL_PARAM, 5> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  std::string key(from.size, '\0');
  if (!context || EVP_KDF_derive(context.get(), Bytes(key), key.size(), params.data()) != 1) {
    return Failed("derive a key");
  }
  return key;
}

std::string WithNul(std::string_view text) { return std::string(text) + '\0'; }

base::Result<std::string> Seal(std::string_view key, std::string_view nonce,
                               const std::string& text) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string sealed(text.size() + kTagBytes, '\0');
  int size = 0, rest = 0;
  if (!cipher ||
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, Bytes(key), Bytes(nonce)) != 1 ||
      EVP_EncryptUpdate(cipher.get(), Bytes(sealed), &size, Bytes(std::string_view(text)),
                        static_cast<int>(text.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), Bytes(sealed) + size, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          Bytes(sealed) + text.size()) != 1) {
    return Failed("encrypt a message");
  }
  return sealed;
}

// RFC 8188, section 2.1.
std::string Header(const MessageKeys& keys) {
  std::string header = keys.salt;
  header += std::string_view("\0\0\x10\0", 4);  // kPushBodyBytesMax, the size of a record.
  header += static_cast<char>(kPointBytes);
  header += keys.key.public_point();
  return header;
}

}  // namespace

base::Result<MessageKeys> MakeMessageKeys() {
  ASSIGN_OR_RETURN(P256Key key, P256Key::Make());
  std::string salt(kSaltBytes, '\0');
  if (RAND_bytes(Bytes(salt), static_cast<int>(salt.size())) != 1) return Failed("make a salt");
  return MessageKeys{std::move(key), std::move(salt)};
}

base::Result<std::string> EncryptPush(std::string_view text, const BrowserKeys& browser,
                                      const MessageKeys& keys) {
  if (text.size() > kPushTextBytesMax) {
    return base::Fail(base::Errc::kInvalid, "a push message of " + std::to_string(text.size()) +
                                                " bytes; send at most " +
                                                std::to_string(kPushTextBytesMax));
  }
  if (browser.secret.size() != kAuthSecretBytes || keys.salt.size() != kSaltBytes) {
    return base::Fail(base::Errc::kInvalid,
                      "the subscription's auth secret has not 16 bytes; subscribe again");
  }
  ASSIGN_OR_RETURN(const std::string shared, keys.key.Agree(browser.point));
  ASSIGN_OR_RETURN(
      const std::string ikm,
      Derive({browser.secret, shared,
              WithNul("WebPush: info") + browser.point + keys.key.public_point(), kIkmBytes}));
  ASSIGN_OR_RETURN(const std::string key,
                   Derive({keys.salt, ikm, WithNul("Content-Encoding: aes128gcm"), kKeyBytes}));
  ASSIGN_OR_RETURN(const std::string nonce,
                   Derive({keys.salt, ikm, WithNul("Content-Encoding: nonce"), kNonceBytes}));
  ASSIGN_OR_RETURN(const std::string sealed, Seal(key, nonce, std::string(text) + kLastRecord));
  return Header(keys) + sealed;
}

base::Result<std::string> VapidHeader(const Vapid& vapid, const P256Key& key) {
  const std::string header = base::Dump({{"typ", "JWT"}, {"alg", "ES256"}});
  const std::string claims =
      base::Dump({{"aud", vapid.origin}, {"exp", vapid.expires_s}, {"sub", vapid.subject}});
  const std::string token = EncodeBase64Url(header) + "." + EncodeBase64Url(claims);
  ASSIGN_OR_RETURN(const std::string signature, key.Sign(token));
  return "vapid t=" + token + "." + EncodeBase64Url(signature) +
         ", k=" + EncodeBase64Url(key.public_point());
}

}  // namespace push
