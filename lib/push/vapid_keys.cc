#include "lib/push/vapid_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "lib/push/base64url.h"

namespace push {
namespace {

using base::Errc;

constexpr size_t kFileBytesMax = 64;  // 43 and the end of the line.
constexpr mode_t kOthers = 077;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

auto CannotWrite(const std::string& path, int error) {
  return base::Fail(Errc::kUnavailable, "cannot write the key of Web Push to " + path + ": " +
                                            std::strerror(error) + "; see OTM_PUSH_VAPID_KEY_FILE");
}

}  // namespace

base::Result<std::optional<std::string>> ReadKeyFile(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return std::nullopt;
  struct stat about{};
  if (file.get() < 0 || fstat(file.get(), &about) != 0) {
    return base::Fail(Errc::kUnavailable, "cannot read the key of Web Push in " + path + ": " +
                                              std::strerror(errno) + "; check its owner");
  }
  if (!S_ISREG(about.st_mode) || (about.st_mode & kOthers) != 0) {
    return base::Fail(Errc::kInvalid, path +
                                          " holds a private key and others may read it: chmod 600 "
                                          "it, and make a new one where somebody may have");
  }
  std::array<char, kFileBytesMax + 1> bytes{};
  const ssize_t size = read(file.get(), bytes.data(), bytes.size());
  std::string text(bytes.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)));
  if (text.ends_with('\n')) text.pop_back();
  auto scalar = DecodeBase64Url(text);
  if (!scalar || !P256Key::FromPrivate(*scalar)) {
    return base::Fail(Errc::kInvalid,
                      path +
                          " holds no key of P-256 as 43 characters of base64url; move it away, "
                          "and one is made");
  }
  return scalar;
}

base::Status WriteKeyFile(const std::string& path, const std::string& scalar) {
  std::string part = path + ".XXXXXX";
  const File file(mkostemp(part.data(), O_CLOEXEC));  // Mode 0600.
  if (file.get() < 0) return CannotWrite(path, errno);
  const std::string text = EncodeBase64Url(scalar) + "\n";
  const bool is_written =
      write(file.get(), text.data(), text.size()) == ssize_t(text.size()) && fsync(file.get()) == 0;
  const int write_error = errno;
  const bool is_linked = is_written && link(part.c_str(), path.c_str()) == 0;
  const int link_error = errno;
  unlink(part.c_str());
  if (is_linked) return {};
  if (is_written && link_error == EEXIST) {
    return base::Fail(Errc::kConflict, path + " is there already; look at it again");
  }
  return CannotWrite(path, is_written ? link_error : write_error);
}

base::Result<std::string> VapidKeys::Find() {
  std::optional<std::string> filed;
  if (!file_.empty()) {
    ASSIGN_OR_RETURN(filed, ReadKeyFile(file_));
  }
  std::string offer = filed.value_or("");
  if (!filed) {
    ASSIGN_OR_RETURN(const auto kept, store_.Key());
    if (kept) offer = *kept;
  }
  if (offer.empty()) {
    ASSIGN_OR_RETURN(offer, P256Key::MakePrivate());
  }
  ASSIGN_OR_RETURN(std::string key, store_.KeepKey(offer));
  if (filed && *filed != key) {
    return base::Fail(Errc::kInvalid,
                      "the key in " + file_ +
                          " is not the one that browsers have subscribed with: give all notifiers "
                          "the same file, or move it away and it is made of the key in use");
  }
  if (file_.empty() || filed) return key;
  const auto written = WriteKeyFile(file_, key);
  if (!written && written.error().code != Errc::kConflict) {
    return std::unexpected(written.error());
  }
  return key;
}

base::Result<std::shared_ptr<const P256Key>> VapidKeys::Get() {
  {
    const std::scoped_lock lock(mutex_);
    if (key_) return key_;
  }
  // Several at once find the same one: the store keeps the first.
  ASSIGN_OR_RETURN(const std::string scalar, Find());
  ASSIGN_OR_RETURN(P256Key key, P256Key::FromPrivate(scalar));
  const std::scoped_lock lock(mutex_);
  if (!key_) key_ = std::make_shared<const P256Key>(std::move(key));
  return key_;
}

}  // namespace push
