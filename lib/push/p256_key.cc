#include "lib/push/p256_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include <cstring>
#include <utility>

namespace push {
namespace {

constexpr const char* kGroup = "prime256v1";

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, Free<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Free<EC_POINT_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

auto BadKey(const std::string& what) {
  return base::Fail(base::Errc::kInvalid,
                    "a key for Web Push " + what + "; make one pair, and give it as base64url");
}
auto Failed(const std::string& what) {
  return base::Fail(base::Errc::kInternal, "OpenSSL could not " + what);
}

// scalar * G, as bytes.
base::Result<std::string> PointOf(const BIGNUM* scalar) {
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const Point point(group ? EC_POINT_new(group.get()) : nullptr);
  std::string bytes(kPointBytes, '\0');
  if (!point || EC_POINT_mul(group.get(), point.get(), scalar, nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, Bytes(bytes),
                         bytes.size(), nullptr) != kPointBytes) {
    return Failed("compute a public key");
  }
  return bytes;
}

// Null where `point` is not on the curve. With an empty scalar only the public half.
EVP_PKEY* LoadKey(std::string_view scalar, std::string_view point) {
  const Builder builder(OSSL_PARAM_BLD_new());
  Number number;
  bool good =
      builder &&
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kGroup, 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) == 1;
  if (good && !scalar.empty()) {
    number.reset(BN_bin2bn(Bytes(scalar), static_cast<int>(scalar.size()), nullptr));
    good = number &&
           OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) == 1;
  }
  const Params params(good ? OSSL_PARAM_BLD_to_param(builder.get()) : nullptr);
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  EVP_PKEY* key = nullptr;
  const int selection = scalar.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) return nullptr;
  return key;
}

// DER of r and s; empty where they are none.
std::string DerOf(std::string_view signature) {
  constexpr int kHalf = kSignatureBytes / 2;
  const Signature parts(ECDSA_SIG_new());
  Number r(BN_bin2bn(Bytes(signature), kHalf, nullptr));
  Number s(BN_bin2bn(Bytes(signature) + kHalf, kHalf, nullptr));
  if (!parts || !r || !s || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // Owned by `parts` now.
  (void)s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &der);
  if (size <= 0) return {};
  std::string encoded(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return encoded;
}

bool IsInRange(const BIGNUM* scalar) {
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  return group && !BN_is_zero(scalar) && BN_cmp(scalar, EC_GROUP_get0_order(group.get())) < 0;
}

}  // namespace

void P256Key::Deleter::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

base::Result<std::string> P256Key::MakePrivate() {
  const std::unique_ptr<EVP_PKEY, Deleter> made(EVP_EC_gen(kGroup));
  BIGNUM* scalar = nullptr;
  if (!made || EVP_PKEY_get_bn_param(made.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) != 1) {
    return Failed("make a key");
  }
  const Number number(scalar);
  std::string bytes(kScalarBytes, '\0');
  if (BN_bn2binpad(number.get(), Bytes(bytes), static_cast<int>(bytes.size())) < 0) {
    return Failed("make a key");
  }
  return bytes;
}

base::Result<P256Key> P256Key::Make() {
  ASSIGN_OR_RETURN(std::string bytes, MakePrivate());
  auto key = FromPrivate(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

base::Result<P256Key> P256Key::FromPrivate(std::string_view scalar) {
  if (scalar.size() != kScalarBytes) {
    return BadKey("has " + std::to_string(scalar.size()) + " bytes instead of 32");
  }
  const Number number(BN_bin2bn(Bytes(scalar), static_cast<int>(scalar.size()), nullptr));
  if (!number || !IsInRange(number.get())) return BadKey("is out of the curve's range");
  ASSIGN_OR_RETURN(std::string point, PointOf(number.get()));
  Key key(LoadKey(scalar, point));
  if (!key) return Failed("load a key");
  return P256Key(std::move(key), std::move(point));
}

base::Result<std::string> P256Key::Agree(std::string_view point) const {
  if (point.size() != kPointBytes) return BadKey("of a browser has not 65 bytes");
  const Key peer(LoadKey({}, point));
  if (!peer) return BadKey("of a browser is not on the curve P-256");
  const KeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  std::string secret(kScalarBytes, '\0');
  size_t size = secret.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(context.get(), Bytes(secret), &size) != 1 || size != kScalarBytes) {
    return Failed("agree on a secret");
  }
  return secret;
}

base::Result<std::string> P256Key::Sign(std::string_view text) const {
  const Digest digest(EVP_MD_CTX_new());
  size_t size = 0;
  if (!digest ||
      EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, Bytes(text), text.size()) != 1) {
    return Failed("sign");
  }
  std::string der(size, '\0');
  if (EVP_DigestSign(digest.get(), Bytes(der), &size, Bytes(text), text.size()) != 1) {
    return Failed("sign");
  }
  const unsigned char* begin = Bytes(der);
  const Signature signature(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(size)));
  std::string plain(kSignatureBytes, '\0');
  constexpr int kHalf = kSignatureBytes / 2;
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), Bytes(plain), kHalf) != kHalf ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), Bytes(plain) + kHalf, kHalf) != kHalf) {
    return Failed("sign");
  }
  return plain;
}

base::Status VerifyEs256(std::string_view point, std::string_view text,
                         std::string_view signature) {
  const auto refuse = [] {
    return base::Fail(base::Errc::kUnauthorized, "the signature is not by the owner of the key");
  };
  if (point.size() != kPointBytes || signature.size() != kSignatureBytes) return refuse();
  const std::string der = DerOf(signature);
  const std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> owner(LoadKey({}, point));
  const Digest digest(EVP_MD_CTX_new());
  if (der.empty() || !owner || !digest ||
      EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, owner.get()) != 1 ||
      EVP_DigestVerify(digest.get(), Bytes(der), der.size(), Bytes(text), text.size()) != 1) {
    return refuse();
  }
  return {};
}

}  // namespace push
