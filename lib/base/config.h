// Configuration of one process: defaults < file < credentials < environment < flags, checked
// once, before anything else happens.
//
//   home::Options options;                          // The defaults stand in the struct.
//   base::Config config("otm-home");
//   config.AddPort({"port", "PORT", "where browsers connect"}, options.port);
//   config.AddSecret({"ntfy-token", "TOKEN", "of the push service"}, options.ntfy_token);
//   const auto request = config.Load(args, environment);
//
// A setting "log-level" is the flag --log-level, the key log-level (or log_level) of the file, and
// OTM_LOG_LEVEL in the environment and in files written like one. What nobody declared is an
// error with a "did you mean"; only foreign OTM_* variables that resemble none of ours are left
// alone. A variable that is set to nothing counts as unset.
//
// A secret is never a flag (other users see those) and never printed: it comes from the file, the
// environment, or a file of its own named by --NAME-file, NAME-file or OTM_NAME_FILE, or from
// systemd's $CREDENTIALS_DIRECTORY/NAME.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/config_sources.h"
#include "lib/base/result.h"

namespace base {

inline constexpr int kPortMax = 65535;  // 16 bits (RFC 9293).

// How a setting is called and explained.
struct Setting {
  std::string name;  // Lower case and "-".
  std::string hint;  // Stands for the value in --help: "PORT". Empty for a switch.
  std::string help;  // A few words, without a full stop.
  std::vector<std::string> also = {};  // Further names in the environment and in files.
};

// Both ends belong to it.
template <class T>
struct Range {
  T min;
  T max;
};

// Not thread-safe. The targets outlive it; each holds its default when it is added. A name that
// is declared twice, or is no name, is a broken invariant (CHECK).
class Config {
 public:
  using Parse = std::function<Status(const std::string&)>;

  explicit Config(std::string program);

  // Read when it exists, unless --config or OTM_CONFIG names another: "/etc/otm/PROGRAM.conf".
  void SetDefaultFile(std::string path) { default_file_ = std::move(path); }

  // Any text that `check` accepts.
  void AddText(Setting setting, std::string& target, Parse check = {});
  void AddUrl(Setting setting, std::string& target);  // http:// or https:// and a host.
  void AddSecret(Setting setting, std::string& target);
  void AddChoice(Setting setting, std::string& target, std::vector<std::string> choices);
  void AddInt(Setting setting, int& target, Range<int> range);
  void AddPort(Setting setting, int& target);  // 0 to 65535; 0 lets the kernel pick.
  void AddDuration(Setting setting, Duration& target, Range<Duration> range);
  void AddSize(Setting setting, size_t& target, Range<size_t> range);
  // --name, --name=false or --no-name; "true" or "false" elsewhere.
  void AddSwitch(Setting setting, bool& target);
  // The words of the command line that are no flags, at most `count_max`. None without this.
  void AddArguments(std::vector<std::string>& target, size_t count_max);
  // A name that others use in a shared file or environment: accepted, not looked at.
  void Ignore(std::string name);

  // Reads all sources and writes the targets. kInvalid lists every mistake, one a line, each with
  // where it stands and what to do. Blocks for reading the files. Once only.
  Result<ConfigRequest> Load(std::span<const std::string> args,
                             std::span<const std::string> environment);

  // Each setting with its value and origin; itself a valid configuration file.
  std::string Print() const;

  // The table of settings for --help.
  std::string Help() const;

 private:
  enum class Kind { kValue, kSwitch, kSecret };
  struct Entry {
    Setting setting;
    Kind kind;
    Parse parse;  // Writes the target.
    std::function<std::string()> show;
    std::string origin = "default";
    int layer = 0;  // Which source it was last set by.
  };
  struct Name {
    size_t entry;
    bool names_a_file;  // That holds the secret.
  };
  using Names = std::map<std::string, Name, std::less<>>;

  void Add(Setting setting, Kind kind, Parse parse, std::function<std::string()> show);
  void AddName(Names& names, const std::string& name, Name target);
  void Apply(const Assignment& assignment, const Names& names);
  void ApplyFile(const std::string& named, std::span<const Assignment> environment);
  void ApplyEnvironment(std::span<const Assignment> environment);
  void ApplyCredentials(std::span<const Assignment> environment);
  void ApplyArguments(const std::vector<std::string>& arguments);
  void Set(Entry& entry, const Assignment& assignment);
  void RefuseUnknown(const Assignment& assignment, const Names& names);

  const std::string program_;
  std::string default_file_;
  std::vector<Entry> entries_;
  Names flag_names_;
  Names file_names_;
  Names environment_names_;
  std::vector<std::string> ignored_;
  std::vector<std::string>* arguments_ = nullptr;
  size_t arguments_max_ = 0;
  int layer_ = 0;  // Of the source that is being applied.
  std::vector<std::string> mistakes_;
};

}  // namespace base
