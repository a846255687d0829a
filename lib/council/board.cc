#include "lib/council/board.h"

#include <algorithm>

#include "lib/council/text/clean.h"
#include "lib/council/text/extract.h"

namespace council {
namespace {

// Texts that share so many of their words say the same (in place of a cosine of embeddings).
constexpr double kSameTextMin = 0.86;

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
    sample.i = step.i;
    sample.text = Clean(step.text).text;
    sample.partial = metrics.done == "cut";
    sample.truncated = metrics.truncated;
    switch (stage.kernel) {
      case KernelKind::kAnswer:
        sample.key = ExtractKey(sample.text);
        board_.samples.push_back(std::move(sample));
        break;
      case KernelKind::kRefineChain:
        if (spec_.preset->answer_bytes_max > 0) {
          sample.text = CutText(sample.text, spec_.preset->answer_bytes_max);
        }
        sample.key = ExtractKey(sample.text);
        board_.chain.push_back(std::move(sample));
        break;
      case KernelKind::kApprove:
        board_.approvals.push_back({seat, step.i, Clean(step.text).text, step.seed});
        break;
      case KernelKind::kRank:
        board_.rankings.push_back({seat, step.i, Clean(step.text).text, step.seed});
        break;
      case KernelKind::kWrite:
        sample.key = ExtractKey(sample.text);
        board_.written = std::move(sample);
        break;
    }
  }

  // A step of "<label>.key": the seat says what its answer was in short.
  void ReadKey(const Seat& seat, const prompt::Step& step) {
    const auto extraction = ParseExtraction(Clean(step.text).text);
    const auto take = [&](Sample& sample) {
      const bool mine = ExtractLabel(sample.label) == step.stage && sample.seat.name == seat.name &&
                        sample.i == step.i;
      if (!mine) return;
      sample.asked = true;
      if (extraction) sample.key = extraction->key;
    };
    for (Sample& sample : board_.samples) take(sample);
    if (board_.written) take(*board_.written);
  }

  const RunSpec& spec_;
  Board& board_;
  const std::vector<Seat> seats_;
};

// Of a chain each member's last text counts.
void TakeLastStatements(Board& board) {
  for (const Sample& said : board.chain) {
    if (said.text.empty()) continue;
    const auto mine = std::ranges::find_if(
        board.samples, [&](const Sample& sample) { return sample.seat.name == said.seat.name; });
    if (mine == board.samples.end()) {
      board.samples.push_back(said);
    } else if (!said.partial || mine->partial) {
      *mine = said;
    }
  }
}

std::string WordsJoined(std::string_view text) {
  std::string joined;
  for (const auto& word : Words(text)) joined += (joined.empty() ? "" : " ") + word;
  return joined.empty() ? std::string(text) : joined;
}

bool SameAnswer(const Cluster& a, const Cluster& b) {
  if (SameKey(a.key, b.key)) return true;
  return Likeness(a.key, b.key) >= kSameTextMin && !Clash(a.key, b.key);
}

bool Before(const Cluster& a, const Cluster& b) {
  if (a.samples.size() != b.samples.size()) return a.samples.size() > b.samples.size();
  return a.key < b.key;
}

// Exact keys first, then what says the same joins the larger cluster: the order of the samples
// has no influence.
void MakeClusters(Board& board) {
  std::map<std::string, Cluster> exact;
  for (size_t at = 0; at < board.samples.size(); ++at) {
    const Sample& sample = board.samples[at];
    if (!sample.usable()) continue;
    const bool keyed = sample.key.kind != KeyKind::kNone;
    const std::string key = keyed ? sample.key.text : WordsJoined(sample.text);
    Cluster& cluster = exact[key];
    cluster.key = key;
    cluster.label = CutText(keyed ? key : sample.text, kLabelBytesMax);
    cluster.samples.push_back(at);
    cluster.families.insert(sample.seat.family);
  }
  std::vector<Cluster> ordered;
  for (auto& [key, cluster] : exact) ordered.push_back(std::move(cluster));
  std::ranges::sort(ordered, Before);
  for (Cluster& cluster : ordered) {
    const auto home = std::ranges::find_if(
        board.clusters, [&](const Cluster& known) { return SameAnswer(known, cluster); });
    if (home == board.clusters.end()) {
      board.clusters.push_back(std::move(cluster));
      continue;
    }
    home->samples.insert(home->samples.end(), cluster.samples.begin(), cluster.samples.end());
    home->families.insert(cluster.families.begin(), cluster.families.end());
  }
  std::ranges::sort(board.clusters, Before);
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
  TakeLastStatements(board);
  MakeClusters(board);
  return board;
}

}  // namespace council
