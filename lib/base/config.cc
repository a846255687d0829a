#include "lib/base/config.h"

#include <algorithm>
#include <utility>

#include "lib/base/check.h"
#include "lib/base/config_file.h"
#include "lib/base/suggest.h"
#include "lib/base/units.h"

namespace base {
namespace {

constexpr std::string_view kPrefix = "OTM_";

std::string Replaced(std::string text, char from, char to) {
  std::ranges::replace(text, from, to);
  return text;
}

std::string EnvironmentName(std::string_view name) {
  std::string upper = Replaced(std::string(name), '-', '_');
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper.insert(0, kPrefix);
}

bool IsName(std::string_view name) {
  return !name.empty() && name.front() != '-' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool HasControlCharacter(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

std::string_view ValueOf(std::span<const Assignment> assignments, std::string_view key) {
  const auto found = std::ranges::find(assignments, key, &Assignment::key);
  return found == assignments.end() ? std::string_view() : std::string_view(found->value);
}

Status CheckUrl(const std::string& text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view rest = std::string_view(text).substr(scheme.size());
    if (!rest.empty() && rest.front() != '/' && rest.front() != ':' && !rest.contains(' ')) {
      return {};
    }
  }
  return Fail(Errc::kInvalid, "\"" + text + "\" is no URL; write it as http://host:port");
}

bool Contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

template <class T>
Status InRange(T value, Range<T> range, std::string (*format)(T)) {
  if (value >= range.min && value <= range.max) return {};
  return Fail(Errc::kInvalid, format(value) + " is not between " + format(range.min) + " and " +
                                  format(range.max) + "; choose a value in this range");
}

std::string FormatInt(int number) { return std::to_string(number); }

}  // namespace

Config::Config(std::string program)
    : program_(std::move(program)), default_file_("/etc/otm/" + program_ + ".conf") {}

void Config::AddName(Names& names, const std::string& name, Name target) {
  CHECK(names.try_emplace(name, target).second);
}

void Config::Add(Setting setting, Kind kind, Parse parse, std::function<std::string()> show) {
  CHECK(IsName(setting.name));
  const Name value{.entry = entries_.size(), .names_a_file = false};
  const Name file{.entry = entries_.size(), .names_a_file = true};
  const std::string underscored = Replaced(setting.name, '-', '_');
  std::vector<std::string> variables = setting.also;
  variables.push_back(EnvironmentName(setting.name));
  for (const std::string& variable : variables) {
    AddName(environment_names_, variable, value);
    AddName(file_names_, variable, value);
    if (kind != Kind::kSecret) continue;
    AddName(environment_names_, variable + "_FILE", file);
    AddName(file_names_, variable + "_FILE", file);
  }
  AddName(file_names_, setting.name, value);
  if (underscored != setting.name) AddName(file_names_, underscored, value);
  if (kind == Kind::kSecret) {
    AddName(flag_names_, setting.name + "-file", file);
    AddName(file_names_, setting.name + "-file", file);
    AddName(file_names_, underscored + "_file", file);
  } else {
    AddName(flag_names_, setting.name, value);
  }
  entries_.push_back({.setting = std::move(setting),
                      .kind = kind,
                      .parse = std::move(parse),
                      .show = std::move(show)});
}

void Config::AddText(Setting setting, std::string& target, Parse check) {
  const auto parse = [&target, check = std::move(check)](const std::string& text) -> Status {
    if (check) RETURN_IF_ERROR(check(text));
    target = text;
    return {};
  };
  Add(std::move(setting), Kind::kValue, parse, [&target] { return target; });
}

void Config::AddUrl(Setting setting, std::string& target) {
  AddText(std::move(setting), target, CheckUrl);
}

void Config::AddSecret(Setting setting, std::string& target) {
  const auto parse = [&target](const std::string& text) -> Status {
    target = text;
    return {};
  };
  Add(std::move(setting), Kind::kSecret, parse, [&target] { return target; });
}

void Config::AddChoice(Setting setting, std::string& target, std::vector<std::string> choices) {
  std::string listed;
  for (const std::string& choice : choices) listed += (listed.empty() ? "" : ", ") + choice;
  setting.help += " (" + listed + ")";
  const auto check = [choices = std::move(choices), listed](const std::string& text) -> Status {
    if (Contains(choices, text)) return {};
    return Fail(Errc::kInvalid, "\"" + text + "\" is not known; choose one of " + listed);
  };
  AddText(std::move(setting), target, check);
}

void Config::AddInt(Setting setting, int& target, Range<int> range) {
  const auto parse = [&target, range](const std::string& text) -> Status {
    ASSIGN_OR_RETURN(const int64_t number, ParseInt(text));
    if (!std::in_range<int>(number)) return Fail(Errc::kInvalid, text + " is out of range");
    RETURN_IF_ERROR(InRange(static_cast<int>(number), range, FormatInt));
    target = static_cast<int>(number);
    return {};
  };
  Add(std::move(setting), Kind::kValue, parse, [&target] { return FormatInt(target); });
}

void Config::AddPort(Setting setting, int& target) {
  AddInt(std::move(setting), target, {.min = 0, .max = kPortMax});
}

void Config::AddDuration(Setting setting, Duration& target, Range<Duration> range) {
  const auto parse = [&target, range](const std::string& text) -> Status {
    ASSIGN_OR_RETURN(const Duration duration, ParseDuration(text));
    RETURN_IF_ERROR(InRange(duration, range, FormatDuration));
    target = duration;
    return {};
  };
  Add(std::move(setting), Kind::kValue, parse, [&target] { return FormatDuration(target); });
}

void Config::AddSize(Setting setting, size_t& target, Range<size_t> range) {
  const auto parse = [&target, range](const std::string& text) -> Status {
    ASSIGN_OR_RETURN(const size_t size, ParseSize(text));
    RETURN_IF_ERROR(InRange(size, range, FormatSize));
    target = size;
    return {};
  };
  Add(std::move(setting), Kind::kValue, parse, [&target] { return FormatSize(target); });
}

void Config::AddSwitch(Setting setting, bool& target) {
  const auto parse = [&target](const std::string& text) -> Status {
    if (text != "true" && text != "false") {
      return Fail(Errc::kInvalid, "\"" + text + "\" is no switch; write true or false");
    }
    target = text == "true";
    return {};
  };
  Add(std::move(setting), Kind::kSwitch, parse, [&target] { return target ? "true" : "false"; });
}

void Config::AddArguments(std::vector<std::string>& target, size_t count_max) {
  arguments_ = &target;
  arguments_max_ = count_max;
}

void Config::Ignore(std::string name) { ignored_.push_back(std::move(name)); }

Result<ConfigRequest> Config::Load(std::span<const std::string> args,
                                   std::span<const std::string> environment) {
  const auto is_switch = [this](std::string_view key) {
    const auto found = flag_names_.find(key);
    return found != flag_names_.end() && entries_[found->second.entry].kind == Kind::kSwitch;
  };
  const CommandLine line = ReadCommandLine(args, is_switch);
  if (line.request == ConfigRequest::kHelp || line.request == ConfigRequest::kVersion) {
    return line.request;
  }
  const std::vector<Assignment> variables = ReadEnvironment(environment);
  ApplyFile(line.file, variables);
  ApplyCredentials(variables);
  ApplyEnvironment(variables);
  ++layer_;
  for (const Assignment& flag : line.flags) {
    Apply(flag, flag_names_);
  }
  mistakes_.insert(mistakes_.end(), line.mistakes.begin(), line.mistakes.end());
  ApplyArguments(line.arguments);
  if (mistakes_.empty()) return line.request;
  std::string all;
  for (const std::string& mistake : mistakes_) all += (all.empty() ? "" : "\n") + mistake;
  return Fail(Errc::kInvalid, all);
}

void Config::ApplyFile(const std::string& named, std::span<const Assignment> environment) {
  ++layer_;
  std::string path = named.empty() ? std::string(ValueOf(environment, "OTM_CONFIG")) : named;
  const bool must_exist = !path.empty();
  if (path.empty()) path = default_file_;
  const auto assignments = ReadConfigFile(path);
  if (!assignments) {
    if (must_exist || assignments.error().code != Errc::kNotFound) {
      mistakes_.push_back(assignments.error().message);
    }
    return;
  }
  for (const Assignment& assignment : *assignments) Apply(assignment, file_names_);
}

void Config::ApplyCredentials(std::span<const Assignment> environment) {
  ++layer_;
  const std::string directory(ValueOf(environment, "CREDENTIALS_DIRECTORY"));
  if (directory.empty()) return;
  for (Entry& entry : entries_) {
    if (entry.kind != Kind::kSecret) continue;
    const std::string path = directory + "/" + entry.setting.name;
    const auto secret = ReadSecretFile(path);
    if (!secret && secret.error().code == Errc::kNotFound) continue;
    if (!secret) {
      mistakes_.push_back("credential: " + secret.error().message);
      continue;
    }
    Set(entry, {.key = entry.setting.name, .value = *secret, .origin = "credential " + path});
  }
}

void Config::ApplyEnvironment(std::span<const Assignment> environment) {
  ++layer_;
  for (const Assignment& variable : environment) {
    if (environment_names_.contains(variable.key)) {
      Apply(variable, environment_names_);
    } else if (variable.key.starts_with(kPrefix) && variable.key != "OTM_CONFIG" &&
               !Contains(ignored_, variable.key)) {
      RefuseUnknown(variable, environment_names_);
    }
  }
}

void Config::ApplyArguments(const std::vector<std::string>& arguments) {
  if (arguments.size() > arguments_max_) {
    mistakes_.push_back("\"" + arguments[arguments_max_] +
                        "\" is one word too many; options start with \"--\", see --help");
  } else if (arguments_ != nullptr) {
    *arguments_ = arguments;
  }
}

void Config::Apply(const Assignment& assignment, const Names& names) {
  const auto found = names.find(assignment.key);
  if (found == names.end()) {
    if (!Contains(ignored_, assignment.key)) RefuseUnknown(assignment, names);
    return;
  }
  Entry& entry = entries_[found->second.entry];
  if (!found->second.names_a_file) {
    Set(entry, assignment);
    return;
  }
  const auto secret = ReadSecretFile(assignment.value);
  if (!secret) {
    mistakes_.push_back(assignment.origin + ": " + secret.error().message);
    return;
  }
  Set(entry, {.key = assignment.key, .value = *secret, .origin = assignment.origin});
}

void Config::Set(Entry& entry, const Assignment& assignment) {
  const bool is_flag = assignment.origin.starts_with("flag ");  // There the last one wins.
  if (entry.layer == layer_ && !is_flag) {
    mistakes_.push_back(assignment.origin + ": " + entry.setting.name + " is also set by " +
                        entry.origin + "; remove one of them");
    return;
  }
  if (entry.kind != Kind::kSecret && HasControlCharacter(assignment.value)) {
    mistakes_.push_back(assignment.origin + ": there is a control character in it; remove it");
    return;
  }
  if (const Status status = entry.parse(assignment.value); !status) {
    mistakes_.push_back(assignment.origin + ": " + status.error().message);
    return;
  }
  entry.origin = assignment.origin;
  entry.layer = layer_;
}

void Config::RefuseUnknown(const Assignment& assignment, const Names& names) {
  const bool is_flag = &names == &flag_names_;
  const bool is_variable = &names == &environment_names_;
  const size_t prefix = is_variable ? kPrefix.size() : 0;  // Equal everywhere: not a similarity.
  std::vector<std::string> known;
  for (const auto& [name, entry] : names) {
    if (!is_variable || name.starts_with(kPrefix)) known.push_back(name.substr(prefix));
  }
  std::string near = Suggest(assignment.key.substr(prefix), known);
  if (is_variable && near.empty()) return;  // Another program's.
  std::string mistake = assignment.origin + ": there is no such setting; ";
  if (is_flag && names.contains(assignment.key + "-file")) {
    mistake +=
        "a secret on the command line can be seen by others, use --" + assignment.key + "-file";
  } else if (near.empty()) {
    mistake += "see " + program_ + " --help";
  } else {
    if (is_variable) near.insert(0, kPrefix);
    mistake += "did you mean " + (is_flag ? "--" + near : near) + "?";
  }
  mistakes_.push_back(mistake);
}

std::string Config::Print() const {
  size_t name_width = 0;
  size_t line_width = 0;
  for (const Entry& entry : entries_) {
    name_width = std::max(name_width, entry.setting.name.size());
  }
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Entry& entry : entries_) {
    std::string name = entry.setting.name;
    const std::string value = entry.show();
    name.resize(name_width, ' ');
    std::string line = name + " = " + QuoteConfigValue(value);
    if (entry.kind == Kind::kSecret) {
      line = "# " + entry.setting.name + (value.empty() ? " is not set" : " is set and hidden");
    }
    line_width = std::max(line_width, line.size());
    lines.emplace_back(std::move(line), entry.origin);
  }
  std::string text;
  for (auto& [line, origin] : lines) {
    line.resize(line_width, ' ');
    text += line + "  # " + origin + "\n";
  }
  return text;
}

std::string Config::Help() const {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Entry& entry : entries_) {
    const bool is_secret = entry.kind == Kind::kSecret;
    std::string left = "--" + entry.setting.name;
    if (is_secret) left += "-file";
    if (entry.kind != Kind::kSwitch) left += " " + (is_secret ? "PATH" : entry.setting.hint);
    std::string right = entry.setting.help;
    if (is_secret) {
      right = "file that holds: " + right;
    } else if (entry.kind == Kind::kValue && !entry.show().empty()) {
      right += " [" + entry.show() + "]";
    }
    rows.emplace_back(std::move(left), std::move(right));
  }
  rows.emplace_back("--config PATH", "file with settings [" + default_file_ + "]");
  rows.emplace_back("--print-config", "show each setting and where it came from");
  rows.emplace_back("--help, --version", "show this, or the version");
  size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size());
  std::string text;
  for (auto& [left, right] : rows) {
    left.resize(width, ' ');
    text += "  " + left + "  " + right + "\n";
  }
  return text;
}

}  // namespace base
