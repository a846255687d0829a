#include "tests/ollama_sim/task.h"

#include <algorithm>
#include <optional>

#include "lib/base/json.h"
#include "tests/ollama_sim/bank.h"

namespace ollama_sim {
namespace {

// Council design 7.3.
constexpr int64_t kQuestionTokens = 120;
constexpr int64_t kAnswerTokens = 250;
constexpr size_t kBytesPerToken = 4;
constexpr size_t kPromptBytesMax = 1024 * 1024;

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// {"phase":…,"originalPrompt":…,"discussionStatus":…,"duty":…}: the prompts of the original.
std::optional<Task> ReadOriginal(std::string_view user) {
  const auto document = base::JsonDocument::Parse(user, kPromptBytesMax);
  if (!document) return std::nullopt;
  const base::JsonView root = document->root();
  const auto text = [&](std::string_view key) {
    auto value = root.OptionalString(key);
    return value && *value ? **value : std::string();
  };
  if (text("phase").empty()) return std::nullopt;
  Task task;
  if (const auto conclusion = root.Find("conclusion")) {
    task.kind = TaskKind::kBlind;
    task.texts = {text("conclusion")};
    task.question = QuestionOf(task.texts[0]);
    return task;
  }
  task.question = QuestionOf(text("originalPrompt"));
  const std::string status = text("discussionStatus");
  if (status == text("originalPrompt")) return task;  // The first speaker sees the question only.
  task.kind = TaskKind::kRefine;
  task.texts = {status};
  return task;
}

TaskKind KindOf(const TaskText& text, const Task& task) {
  if (!text.format.empty()) {
    if (Has(text.format, "\"ranking\"")) return TaskKind::kRank;
    if (Has(text.format, "\"vote\"")) return TaskKind::kApprove;
    if (Has(text.format, "\"kind\"")) return TaskKind::kExtract;
    if (Has(text.format, "\"same\"") && task.texts.size() == 2) return TaskKind::kSame;
    return TaskKind::kFill;
  }
  if (!task.decided.empty()) return TaskKind::kWrite;
  if (!task.own.empty()) return TaskKind::kDebate;
  if (task.texts.size() == 1 && Has(text.system, "repeat it unchanged")) return TaskKind::kRefine;
  if (task.texts.size() == 1 && Has(text.system, "that this answer is wrong")) {
    return TaskKind::kObject;
  }
  return task.texts.empty() ? TaskKind::kAnswer : TaskKind::kDebate;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> FencedParts(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parts;
  constexpr std::string_view kBegins = " begins ";
  for (size_t at = text.find(kBegins); at != std::string_view::npos;
       at = text.find(kBegins, at + 1)) {
    size_t line = text.rfind('\n', at);
    line = line == std::string_view::npos ? 0 : line + 1;
    const std::string_view lead = text.substr(line, at - line);
    const size_t dashes = std::min(lead.find_first_not_of('-'), lead.size());
    if (dashes < 3 || dashes + 1 >= lead.size()) continue;
    const std::string fence(dashes, '-');
    const std::string name(lead.substr(dashes + 1));
    const size_t begin = text.find('\n', at);
    const size_t end = text.find("\n" + fence + " " + name + " ends " + fence, at);
    if (begin == std::string_view::npos || end == std::string_view::npos) continue;
    parts.emplace_back(name, end > begin ? text.substr(begin + 1, end - begin - 1) : "");
    at = end;
  }
  return parts;
}

Task ReadTask(const TaskText& text) {
  Task task;
  if (auto original = ReadOriginal(text.user)) {
    task = *std::move(original);
  } else {
    std::string question = text.user;
    for (auto& [name, part] : FencedParts(text.user)) {
      if (name == "question") {
        question = part;
      } else if (name.starts_with("decided")) {
        task.decided = part;
      } else if (name.starts_with("your") || name.starts_with("own")) {
        task.own = part;
      } else {
        task.labels.push_back(name.substr(name.rfind(' ') + 1));
        task.texts.push_back(part);
      }
    }
    task.question = QuestionOf(question);
    task.kind = KindOf(text, task);
  }
  const auto shown = static_cast<int64_t>(task.texts.size() + (task.own.empty() ? 0 : 1));
  const auto bytes = static_cast<int64_t>((text.system.size() + text.user.size()) / kBytesPerToken);
  task.prompt_tokens = std::max(kQuestionTokens + kAnswerTokens * shown, bytes);
  return task;
}

}  // namespace ollama_sim
