// Where settings come from: the command line, the environment and files, each as a list of
// assignments. Knows no setting; base::Config gives them their meaning.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace base {

// What the command line asks for. The questions win over mistakes elsewhere.
enum class ConfigRequest { kRun, kHelp, kVersion, kPrintConfig };

struct Assignment {
  std::string key;  // Without "--".
  std::string value;
  std::string origin;  // "flag --port", "environment OTM_PORT", "file /etc/otm/x.conf:3".
};

struct CommandLine {
  ConfigRequest request = ConfigRequest::kRun;
  std::string file;  // Of --config; empty without it.
  std::vector<Assignment> flags;
  std::vector<std::string> arguments;  // What is no flag, and everything after "--".
  std::vector<std::string> mistakes;
};

// "--key value", "--key=value"; a key for which `is_switch` says yes takes no value ("--key" is
// "true", "--no-key" is "false"). --help, -h, --version, --print-config and --config are known.
CommandLine ReadCommandLine(std::span<const std::string> args,
                            const std::function<bool(std::string_view)>& is_switch);

// "NAME=value" strings; empty values are left out.
std::vector<Assignment> ReadEnvironment(std::span<const std::string> environment);

// The settings in the file `path`: kNotFound when there is none, kInvalid when it cannot be read.
// The message starts with the path. Blocks.
Result<std::vector<Assignment>> ReadConfigFile(const std::string& path);

inline constexpr size_t kSecretBytesMax = 64 * 1024;  // A chain of certificates fits.

// What the file holds without line breaks at its end; errors as above, also when it is empty or
// longer than kSecretBytesMax.
Result<std::string> ReadSecretFile(const std::string& path);

}  // namespace base
