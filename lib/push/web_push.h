// Web Push: a message that only the browser can read (RFC 8291, RFC 8188), and who sends it
// (VAPID, RFC 8292). No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/push/p256_key.h"

namespace push {

inline constexpr size_t kAuthSecretBytes = 16;
inline constexpr size_t kSaltBytes = 16;
// What every push service takes, encrypted (RFC 8030, section 7.2) …
inline constexpr size_t kPushBodyBytesMax = 4096;
// … which leaves this for the text: header 86, padding delimiter 1, tag 16.
inline constexpr size_t kPushTextBytesMax = kPushBodyBytesMax - 86 - 1 - 16;

// The keys of a subscription, as bytes.
struct BrowserKeys {
  std::string point;   // p256dh, kPointBytes.
  std::string secret;  // auth, kAuthSecretBytes.
};

// New for each message.
struct MessageKeys {
  P256Key key;
  std::string salt;  // kSaltBytes.
};
base::Result<MessageKeys> MakeMessageKeys();

// The body for `Content-Encoding: aes128gcm`, in one record. kInvalid for keys of another form and
// a text over kPushTextBytesMax.
base::Result<std::string> EncryptPush(std::string_view text, const BrowserKeys& browser,
                                      const MessageKeys& keys);

struct Vapid {
  std::string origin;     // Of the push service: "https://push.example.net".
  std::string subject;    // Whom it may write to: "mailto:…" or "https://…".
  int64_t expires_s = 0;  // Since 1970; at most a day ahead.
};

// The value of Authorization: "vapid t=…, k=…".
base::Result<std::string> VapidHeader(const Vapid& vapid, const P256Key& key);

}  // namespace push
