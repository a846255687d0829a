// A key pair on the curve P-256, for Web Push. Over OpenSSL; no state of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/result.h"

struct evp_pkey_st;

namespace push {

inline constexpr size_t kScalarBytes = 32;     // A private key, and an agreed secret.
inline constexpr size_t kPointBytes = 65;      // A public key: 0x04, x, y (SEC 1, uncompressed).
inline constexpr size_t kSignatureBytes = 64;  // r, s (RFC 7518, section 3.4).

// Movable; const calls are thread-safe.
class P256Key {
 public:
  // kInternal where the system has no randomness.
  static base::Result<P256Key> Make();
  // The scalar of a new one, to be kept.
  static base::Result<std::string> MakePrivate();
  // `scalar` of kScalarBytes, from 1 to the order of the curve; else kInvalid.
  static base::Result<P256Key> FromPrivate(std::string_view scalar);

  const std::string& public_point() const { return point_; }

  // The shared secret with the owner of `point` (ECDH, x coordinate). kInvalid where that is no
  // point of the curve.
  base::Result<std::string> Agree(std::string_view point) const;

  // ES256 of `text`.
  base::Result<std::string> Sign(std::string_view text) const;

 private:
  struct Deleter {
    void operator()(evp_pkey_st* key) const;
  };
  using Key = std::unique_ptr<evp_pkey_st, Deleter>;
  P256Key(Key key, std::string point) : key_(std::move(key)), point_(std::move(point)) {}

  Key key_;
  std::string point_;
};

// Whether `signature` of `text` is by the owner of `point`. For receivers, and tests.
base::Status VerifyEs256(std::string_view point, std::string_view text, std::string_view signature);

}  // namespace push
