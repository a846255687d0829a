#include "lib/council/board.h"

#include <algorithm>
#include <utility>

#include "lib/council/clusters.h"
#include "lib/council/text/clean.h"
#include "lib/council/text/extract.h"

namespace council {
namespace {

const StageSpec* StageOf(const Preset& preset, std::string_view label) {
  const auto it = std::ranges::find_if(
      preset.stages, [&](const StageSpec& stage) { return stage.label == label; });
  return it == preset.stages.end() ? nullptr : &*it;
}

std::vector<Seat> AllSeats(const Roster& roster) {
  std::vector<Seat> all = roster.seats;
  all.insert(all.end(), roster.members.begin(), roster.members.end());
  all.insert(all.end(), roster.elites.begin(), roster.elites.end());
  return all;
}

// The original cut at so many characters and wrote three points behind.
std::string CutAsOriginal(std::string_view text, size_t characters_max) {
  size_t characters = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && ++characters > characters_max) return std::string(text.substr(0, at)) + "...";
  }
  return std::string(text);
}

// Fills a board step by step.
class Reader {
 public:
  Reader(const RunSpec& spec, Board& board)
      : spec_(spec), board_(board), seats_(AllSeats(spec.roster)) {}

  void Read(const prompt::Step& step) {
    const auto seat =
        std::ranges::find_if(seats_, [&](const Seat& s) { return s.name == step.seat; });
    if (seat == seats_.end()) return;  // The roster itself, or a step of another version.
    const StepMetrics metrics = ReadMetrics(step.metrics_json);
    board_.tokens += metrics.tokens;
    board_.elapsed_ms = std::max(board_.elapsed_ms, metrics.elapsed_ms);
    ++board_.calls;
    ++board_.asked[step.stage + "/" + step.seat];
    ++board_.steps[step.stage];
    board_.last_seat = *seat;
    if (!metrics.lost.empty()) {
      Lose(*seat, metrics.lost);
      return;
    }
    const bool partial = metrics.done == "cut";
    if (const StageSpec* stage = StageOf(*spec_.preset, step.stage)) {
      ReadOf(*stage, *seat, step, metrics);
      if (partial) Lose(*seat, "was cut: the time was over or the connection broke");
    } else {
      ReadKey(*seat, step);
    }
  }

 private:
  void Lose(const Seat& seat, const std::string& why) {
    board_.lost_models.emplace(seat.model, why);
    const bool known = std::ranges::any_of(
        board_.missing, [&](const prompt::MissingSeat& lost) { return lost.seat == seat.name; });
    if (!known) board_.missing.push_back({.seat = seat.name, .why = why});
  }

  void ReadOf(const StageSpec& stage, const Seat& seat, const prompt::Step& step,
              const StepMetrics& metrics) {
    Sample sample;
    sample.seat = seat;
    sample.label = step.stage;
    sample.kernel = stage.kernel;
    sample.i = step.i;
    sample.text = step.text;
    sample.partial = metrics.done == "cut";
    sample.truncated = metrics.truncated;
    switch (stage.kernel) {
      case KernelKind::kAnswer:
      case KernelKind::kDebate:
        return Say(stage, std::move(sample));
      case KernelKind::kDevil:
        if (sample.i == 0) {
          board_.objection = std::move(sample.text);
          return;
        }
        return Say(stage, std::move(sample));
      case KernelKind::kRefineChain:
        if (spec_.preset->choice == Choice::kFirstMost) {
          sample.text = CutAsOriginal(sample.text, spec_.preset->answer_bytes_max);
        } else if (spec_.preset->answer_bytes_max > 0) {
          sample.text = CutText(sample.text, spec_.preset->answer_bytes_max);
        }
        sample.key = ExtractKey(sample.text);
        board_.chain.push_back(std::move(sample));
        return;
      case KernelKind::kCluster:
        if (const auto same = ParseSame(sample.text)) {
          const auto pair = static_cast<size_t>(std::max(step.i, 0));
          board_.likened.push_back(
              {step.stage, pair / kPairBase, pair % kPairBase, *same && !sample.partial});
        }
        return;
      case KernelKind::kApprove:
        board_.approvals.push_back({seat, step.i, std::move(sample.text), step.seed});
        return;
      case KernelKind::kRank:
        board_.rankings.push_back({seat, step.i, std::move(sample.text), step.seed});
        return;
      case KernelKind::kWrite:
        sample.key = ExtractKey(sample.text);
        board_.written = std::move(sample);
        return;
      case KernelKind::kCheck:
        if (const auto extraction = ParseExtraction(sample.text))
          board_.read_back = extraction->key;
        return;
    }
  }

  void Say(const StageSpec& stage, Sample sample) {
    if (stage.form == Form::kList) {
      sample.list = !ListItems(sample.text).empty();
    } else {
      sample.key = ExtractKey(sample.text);
    }
    sample.said_at = board_.said.size();
    board_.said.push_back(std::move(sample));
  }

  // A step of "<label>.key": the seat says what its answer was in short.
  void ReadKey(const Seat& seat, const prompt::Step& step) {
    const auto extraction = ParseExtraction(step.text);
    const auto take = [&](Sample& sample) {
      const bool mine = ExtractLabel(sample.label) == step.stage && sample.seat.name == seat.name &&
                        sample.i == step.i % kExtractAgain;
      if (!mine) return;
      ++sample.asked;
      if (!extraction) return;
      sample.told = true;
      sample.key = extraction->key;
      sample.list = extraction->list;
    };
    for (Sample& sample : board_.said) take(sample);
    if (board_.written) take(*board_.written);
  }

  const RunSpec& spec_;
  Board& board_;
  const std::vector<Seat> seats_;
};

// Of a chain each member's last text counts.
void TakeLastStatements(const RunSpec& spec, Board& board) {
  const bool keep_empty = spec.preset->choice == Choice::kFirstMost;
  for (const Sample& said : board.chain) {
    if (said.text.empty() && !keep_empty) continue;
    const auto mine = std::ranges::find_if(
        board.samples, [&](const Sample& sample) { return sample.seat.name == said.seat.name; });
    if (mine == board.samples.end()) {
      board.samples.push_back(said);
    } else if (!said.partial || mine->partial || keep_empty) {
      *mine = said;
    }
  }
}

// Who has spoken in a debate holds what it said last there, and nothing else.
void TakePositions(Board& board) {
  board.samples.clear();
  std::map<std::string, size_t> debated;
  for (const Sample& sample : board.said) {
    if (sample.kernel == KernelKind::kDebate && sample.usable()) {
      debated[sample.seat.name] = sample.said_at;
    }
  }
  for (const Sample& sample : board.said) {
    const auto last = debated.find(sample.seat.name);
    const bool held = last == debated.end() || last->second == sample.said_at;
    // What a debate did not bring out leaves the seat as it was.
    const bool nothing = sample.kernel == KernelKind::kDebate && !sample.usable();
    if (held && !nothing) board.samples.push_back(sample);
  }
}

}  // namespace

bool Board::HasUsable() const { return std::ranges::any_of(samples, &Sample::usable); }

bool Board::HasText() const {
  return std::ranges::any_of(samples, [](const Sample& sample) { return !sample.text.empty(); });
}

std::string ExtractLabel(std::string_view label) { return std::string(label) + ".key"; }

Board ReadBoard(const RunSpec& spec, const std::vector<prompt::Step>& steps) {
  Board board;
  Reader reader(spec, board);
  for (const prompt::Step& step : steps) reader.Read(step);
  TakePositions(board);
  TakeLastStatements(spec, board);
  MakeClusters(spec, board);
  return board;
}

Board Before(const RunSpec& spec, const Board& board, std::string_view label) {
  Board before = board;
  std::erase_if(before.said, [&](const Sample& sample) { return sample.label == label; });
  TakePositions(before);
  TakeLastStatements(spec, before);
  MakeClusters(spec, before);
  return before;
}

const Sample& Shortest(const Board& board, const Cluster& cluster) {
  const size_t best = *std::ranges::min_element(cluster.samples, {}, [&](size_t at) {
    return std::pair(board.samples[at].text.size(), board.samples[at].text);
  });
  return board.samples[best];
}

}  // namespace council
