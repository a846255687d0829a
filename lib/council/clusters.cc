#include "lib/council/clusters.h"

#include <algorithm>
#include <map>

#include "lib/council/text/clean.h"

namespace council {
namespace {

// Texts that share so many of their words say the same (in place of a cosine of embeddings) …
constexpr double kSameTextMin = 0.86;
// … and below this they do not; in between a model is asked.
constexpr double kUnsureTextMin = 0.3;

std::string WordsJoined(std::string_view text) {
  std::string joined;
  for (const auto& word : Words(text)) joined += (joined.empty() ? "" : " ") + word;
  return joined.empty() ? std::string(text) : joined;
}

bool IsFree(KeyKind kind) { return kind == KeyKind::kText || kind == KeyKind::kNone; }

// What a model said of any two answers of these clusters; nothing where none was asked about.
std::optional<bool> Said(const Board& board, const Cluster& a, const Cluster& b) {
  const auto holds = [&](const Cluster& cluster, size_t place) {
    return std::ranges::any_of(cluster.samples,
                               [&](size_t at) { return board.samples[at].said_at == place; });
  };
  std::optional<bool> said;
  for (const Likened& pair : board.likened) {
    const bool ours =
        (holds(a, pair.a) && holds(b, pair.b)) || (holds(a, pair.b) && holds(b, pair.a));
    if (ours) said = said.value_or(false) || pair.same;
  }
  return said;
}

bool SameAnswer(const Board& board, const Cluster& a, const Cluster& b) {
  if (SameKey(a.key, b.key)) return true;
  if (Clash(a.key, b.key)) return false;
  return Likeness(a.key, b.key) >= kSameTextMin || Said(board, a, b).value_or(false);
}

bool LargerFirst(const Cluster& a, const Cluster& b) {
  if (a.samples.size() != b.samples.size()) return a.samples.size() > b.samples.size();
  return a.key < b.key;
}

// The original: each member's statement stands for itself, in the order of the table.
void OneForEach(const RunSpec& spec, Board& board) {
  for (const Seat& seat : spec.roster.members) {
    const auto mine = std::ranges::find_if(
        board.samples, [&](const Sample& sample) { return sample.seat.name == seat.name; });
    Cluster cluster;
    cluster.key = seat.name;
    if (mine != board.samples.end()) {
      cluster.label = CutText(mine->text, kLabelBytesMax);
      cluster.samples.push_back(static_cast<size_t>(mine - board.samples.begin()));
      cluster.families.insert(seat.family);
    }
    board.clusters.push_back(std::move(cluster));
  }
  const bool silent = std::ranges::all_of(
      board.clusters, [](const Cluster& cluster) { return cluster.samples.empty(); });
  if (silent) board.clusters.clear();
}

}  // namespace

void MakeClusters(const RunSpec& spec, Board& board) {
  board.clusters.clear();
  if (spec.preset->choice == Choice::kFirstMost) return OneForEach(spec, board);
  std::map<std::string, Cluster> exact;
  for (size_t at = 0; at < board.samples.size(); ++at) {
    const Sample& sample = board.samples[at];
    if (!sample.usable()) continue;
    const bool keyed = sample.key.kind != KeyKind::kNone;
    const std::string key = keyed ? sample.key.text : WordsJoined(sample.text);
    Cluster& cluster = exact[key];
    cluster.key = key;
    cluster.label = CutText(keyed ? key : sample.text, kLabelBytesMax);
    cluster.kind = sample.key.kind;
    cluster.samples.push_back(at);
    cluster.families.insert(sample.seat.family);
  }
  // Exact keys first, then what says the same joins the larger cluster: the order of the samples
  // has no influence.
  std::vector<Cluster> ordered;
  for (auto& [key, cluster] : exact) ordered.push_back(std::move(cluster));
  std::ranges::sort(ordered, LargerFirst);
  for (Cluster& cluster : ordered) {
    const auto home = std::ranges::find_if(
        board.clusters, [&](const Cluster& known) { return SameAnswer(board, known, cluster); });
    if (home == board.clusters.end()) {
      board.clusters.push_back(std::move(cluster));
      continue;
    }
    home->samples.insert(home->samples.end(), cluster.samples.begin(), cluster.samples.end());
    home->families.insert(cluster.families.begin(), cluster.families.end());
  }
  std::ranges::sort(board.clusters, LargerFirst);
  for (Cluster& cluster : board.clusters) {
    if (cluster.kind != KeyKind::kNone) {
      cluster.checked = check::CheckAnswer(spec.question, cluster.key);
    }
  }
}

std::vector<std::pair<size_t, size_t>> UnsurePairs(const Board& board) {
  std::vector<std::pair<size_t, size_t>> pairs;
  for (size_t i = 0; i < board.clusters.size(); ++i) {
    for (size_t j = i + 1; j < board.clusters.size(); ++j) {
      const Cluster& a = board.clusters[i];
      const Cluster& b = board.clusters[j];
      if (!IsFree(a.kind) || !IsFree(b.kind) || Clash(a.key, b.key)) continue;
      if (Likeness(a.key, b.key) < kUnsureTextMin || Said(board, a, b)) continue;
      const auto place = [&](const Cluster& cluster) {
        size_t first = board.said.size();
        for (const size_t at : cluster.samples) {
          first = std::min(first, board.samples[at].said_at);
        }
        return first;
      };
      const std::pair<size_t, size_t> pair = std::minmax({place(a), place(b)});
      if (pair.second < static_cast<size_t>(kPairBase)) pairs.push_back(pair);
    }
  }
  return pairs;
}

}  // namespace council
