#include "lib/base/config_file.h"

#include <algorithm>
#include <map>

namespace base {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kExport = "export ";

bool IsKeyCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::unexpected<Error> Wrong(std::string_view what) {
  return Fail(Errc::kInvalid, std::string(what));
}

// "…" or '…', then nothing but a comment.
Result<std::string> ReadQuoted(std::string_view text) {
  const char quote = text.front();
  std::string value;
  size_t at = 1;
  for (; at < text.size() && text[at] != quote; ++at) {
    const bool escape = quote == '"' && text[at] == '\\' && at + 1 < text.size() &&
                        (text[at + 1] == '"' || text[at + 1] == '\\');
    if (escape) ++at;
    value.push_back(text[at]);
  }
  if (at >= text.size()) return Wrong("the closing quote is missing");
  const std::string_view rest = Trim(text.substr(at + 1));
  if (!rest.empty() && rest.front() != '#') {
    return Wrong("there is text after the closing quote; write \\\" for a quote inside");
  }
  return value;
}

Result<std::string> ReadValue(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text.front() == '#') return std::string();
  if (text.front() == '"' || text.front() == '\'') return ReadQuoted(text);
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '#' && kBlanks.contains(text[at - 1])) text = text.substr(0, at);
  }
  return std::string(Trim(text));
}

// Nothing for an empty line or a comment: then the key is empty.
Result<ConfigLine> ReadLine(std::string_view line) {
  if (std::ranges::any_of(line, IsControl)) return Wrong("there is a control character in it");
  line = Trim(line);
  if (line.empty() || line.front() == '#') return ConfigLine{};
  const bool is_export =
      line.starts_with(kExport) && !Trim(line.substr(kExport.size())).starts_with('=');
  if (is_export) line = Trim(line.substr(kExport.size()));
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return Wrong("there is no \"=\"; write key = value");
  const std::string_view key = Trim(line.substr(0, equals));
  if (key.empty() || !std::ranges::all_of(key, IsKeyCharacter)) {
    return Wrong("what stands before \"=\" is no key; use letters, digits, \"_\" and \"-\"");
  }
  ASSIGN_OR_RETURN(std::string value, ReadValue(line.substr(equals + 1)));
  return ConfigLine{.key = std::string(key), .value = std::move(value), .number = 0};
}

}  // namespace

Result<std::vector<ConfigLine>> ParseConfigFile(std::string_view text) {
  if (text.size() > kConfigFileBytesMax) {
    return Fail(Errc::kInvalid, "the file has more than " + std::to_string(kConfigFileBytesMax) +
                                    " bytes; is it a configuration file?");
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<ConfigLine> lines;
  std::map<std::string, int, std::less<>> seen;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (raw.ends_with('\r')) raw.remove_suffix(1);
    auto line = ReadLine(raw);
    if (!line) return Wrap(line.error(), "line " + std::to_string(number));
    if (line->key.empty()) continue;
    const auto [earlier, is_new] = seen.try_emplace(line->key, number);
    if (!is_new) {
      return Fail(Errc::kInvalid, "line " + std::to_string(number) + ": " + line->key +
                                      " was already set in line " +
                                      std::to_string(earlier->second) + "; remove one of them");
    }
    line->number = number;
    lines.push_back(*std::move(line));
  }
  return lines;
}

std::string QuoteConfigValue(std::string_view value) {
  const bool plain = Trim(value) == value && !value.contains('#') &&
                     !(value.starts_with('"') || value.starts_with('\''));
  if (plain) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted.append("\"");
}

}  // namespace base
