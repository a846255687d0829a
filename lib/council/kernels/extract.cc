// EXTRACT: a seat says in short what its own answer was, as JSON of a fixed form. CHECK: another
// one says what it reads in the text that was written for the person.
#include <algorithm>

#include "lib/council/decide.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

constexpr int kExtractTokens = 80;

Call ReadCall(Call call, const RunSpec& spec, std::string_view text) {
  // The end of an answer has its conclusion.
  if (text.size() > kExtractBytesMax) text = text.substr(text.size() - kExtractBytesMax);
  call.request.messages = {
      {"system", std::string(prompts::kExtract)},
      {"user", Fenced("question", spec.question) + "\n" + Fenced("answer", Clean(text).text)}};
  call.request.temperature = 0;
  call.request.num_predict = kExtractTokens;
  call.request.format_schema = prompts::kExtractSchema;
  return call;
}

}  // namespace

Call ExtractCall(const RunSpec& spec, const Sample& answer) {
  const int i = answer.i + answer.asked * kExtractAgain;
  return ReadCall(MakeCall(spec, ExtractLabel(answer.label), answer.seat, i), spec, answer.text);
}

std::vector<Call> MissingKeys(const StageView& view) {
  std::vector<Call> calls;
  if (!view.stage.extract) return calls;
  for (const Sample& sample : view.board.said) {
    if (sample.label != view.stage.label || !sample.usable()) continue;
    const bool known = sample.key.kind != KeyKind::kNone || sample.told;
    const bool lost = view.board.lost_models.contains(sample.seat.model);
    if (!known && !lost && sample.asked < kExtractTriesMax) {
      calls.push_back(ExtractCall(view.spec, sample));
    }
  }
  return calls;
}

std::vector<Call> CheckCalls(const StageView& view) {
  const Board& board = view.board;
  const auto done = board.steps.find(std::string(view.stage.label));
  if (done != board.steps.end() || !board.written || !board.written->usable()) return {};
  // Somebody of another family where there is one: who wrote it reads what it meant to write.
  std::vector<Seat> readers = SeatsOf(view.spec.roster, view.stage);
  std::erase_if(readers, [&](const Seat& seat) { return board.lost_models.contains(seat.model); });
  if (readers.empty()) return {};
  const auto other = std::ranges::find_if(
      readers, [&](const Seat& seat) { return seat.family != board.written->seat.family; });
  const Seat& reader = other == readers.end() ? readers.front() : *other;
  return {
      ReadCall(MakeCall(view.spec, view.stage.label, reader, 0), view.spec, board.written->text)};
}

}  // namespace council
