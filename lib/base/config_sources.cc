#include "lib/base/config_sources.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "lib/base/config_file.h"

namespace base {
namespace {

constexpr std::string_view kDashes = "--";
constexpr std::string_view kNo = "no-";

// Reads the flag at `at` and returns the place of the next word.
size_t ReadFlag(std::span<const std::string> args, size_t at,
                const std::function<bool(std::string_view)>& is_switch, CommandLine& line) {
  const std::string_view word = std::string_view(args[at]).substr(kDashes.size());
  const size_t equals = word.find('=');
  Assignment flag{.key = std::string(word.substr(0, equals)), .value = {}, .origin = {}};
  flag.origin = "flag --" + flag.key;
  if (equals != std::string_view::npos) {
    flag.value = word.substr(equals + 1);
  } else if (is_switch(flag.key)) {
    flag.value = "true";
  } else if (flag.key.starts_with(kNo) &&
             is_switch(std::string_view(flag.key).substr(kNo.size()))) {
    flag.key.erase(0, kNo.size());
    flag.value = "false";
  } else if (at + 1 < args.size() && !args[at + 1].starts_with(kDashes)) {
    flag.value = args[++at];
  } else {
    line.mistakes.push_back("--" + flag.key + " needs a value; write --" + flag.key + "=VALUE");
    return at + 1;
  }
  if (flag.key == "config") {
    line.file = flag.value;
  } else {
    line.flags.push_back(std::move(flag));
  }
  return at + 1;
}

// Whether `word` is one of the questions; then it is noted. --help wins.
bool ReadQuestion(std::string_view word, CommandLine& line) {
  if (word == "--help" || word == "-h") {
    line.request = ConfigRequest::kHelp;
  } else if (word == "--version") {
    if (line.request != ConfigRequest::kHelp) line.request = ConfigRequest::kVersion;
  } else if (word == "--print-config") {
    if (line.request == ConfigRequest::kRun) line.request = ConfigRequest::kPrintConfig;
  } else {
    return false;
  }
  return true;
}

// At most `bytes_max` + 1 bytes, so that the caller sees when there are more.
Result<std::string> ReadFile(const std::string& path, size_t bytes_max) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             std::fclose);
  if (!file) {
    const int error = errno;
    return Fail(error == ENOENT ? Errc::kNotFound : Errc::kInvalid,
                path + ": " + std::strerror(error) + "; check the path and its permissions");
  }
  std::string text(bytes_max + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return Fail(Errc::kInvalid, path + " cannot be read; is it a regular file?");
  }
  return text;
}

}  // namespace

CommandLine ReadCommandLine(std::span<const std::string> args,
                            const std::function<bool(std::string_view)>& is_switch) {
  CommandLine line;
  for (size_t at = 0; at < args.size();) {
    const std::string& word = args[at];
    if (word == kDashes) {
      line.arguments.insert(line.arguments.end(), args.begin() + static_cast<ptrdiff_t>(at) + 1,
                            args.end());
      break;
    }
    if (ReadQuestion(word, line)) {
      ++at;
    } else if (word.starts_with(kDashes)) {
      at = ReadFlag(args, at, is_switch, line);
    } else if (word.size() > 1 && word.front() == '-') {
      line.mistakes.push_back(word + " is no option; options start with \"--\", see --help");
      ++at;
    } else {
      line.arguments.push_back(word);
      ++at;
    }
  }
  return line;
}

std::vector<Assignment> ReadEnvironment(std::span<const std::string> environment) {
  std::vector<Assignment> assignments;
  for (const std::string& variable : environment) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals + 1 == variable.size()) continue;
    const std::string name = variable.substr(0, equals);
    assignments.push_back(
        {.key = name, .value = variable.substr(equals + 1), .origin = "environment " + name});
  }
  return assignments;
}

Result<std::vector<Assignment>> ReadConfigFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kConfigFileBytesMax));
  auto lines = ParseConfigFile(text);
  if (!lines) return Wrap(lines.error(), path);
  std::vector<Assignment> assignments;
  for (ConfigLine& line : *lines) {
    assignments.push_back({.key = std::move(line.key),
                           .value = std::move(line.value),
                           .origin = "file " + path + ":" + std::to_string(line.number)});
  }
  return assignments;
}

Result<std::string> ReadSecretFile(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kSecretBytesMax));
  if (text.size() > kSecretBytesMax) {
    return Fail(Errc::kInvalid, path + " has more than " + std::to_string(kSecretBytesMax) +
                                    " bytes; is it the file with the secret?");
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.empty()) return Fail(Errc::kInvalid, path + " is empty; write the secret into it");
  return text;
}

}  // namespace base
