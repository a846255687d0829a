// The board: everything a run knows, read from its finished steps. Pure; the same steps in the
// same order give the same board.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/council/check/check.h"
#include "lib/council/run.h"
#include "lib/council/text/key.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace council {

// One answer of one seat.
struct Sample {
  Seat seat;
  std::string label;  // The stage it belongs to.
  KernelKind kernel = KernelKind::kAnswer;
  int i = 0;
  size_t said_at = 0;    // Its place in Board::said.
  std::string text;      // Cleaned; may be empty: then it votes for nobody.
  Key key;               // kNone where no short answer could be seen.
  bool list = false;     // The seat calls its answer a list.
  int asked = 0;         // How often the seat was asked for its key in a call of its own.
  bool told = false;     // … and its reply could be read.
  bool partial = false;  // Cut by time or a broken stream: used only where nothing else is there.
  bool truncated = false;

  bool usable() const { return !text.empty() && !partial; }
};

inline constexpr size_t kLabelBytesMax = 80;  // One line of the vote chart.

// Answers that say the same.
struct Cluster {
  std::string key;    // The normal form, or a name made from the text where none.
  std::string label;  // For people: the key, or the beginning of the text.
  KeyKind kind = KeyKind::kNone;
  std::vector<size_t> samples;  // Indices into Board::samples.
  std::set<std::string> families;
  check::Checked checked;  // What code knows of the key.
};

// A judge's view. Ballots that could not be read are kept: they count as invalid.
struct Ballot {
  Seat seat;
  int i = 0;
  std::string text;
  uint64_t seed = 0;
};

// Whether two answers say the same, as a model was asked. `a` < `b` are places in Board::said.
struct Likened {
  std::string label;  // Of the stage that asked.
  size_t a = 0;
  size_t b = 0;
  bool same = false;
};

struct Board {
  // What each seat holds now: all its answers in the order of the steps; of a chain its last text,
  // of a debate its last answer.
  std::vector<Sample> samples;
  std::vector<Sample> said;       // All answers, also those that were given up in a debate.
  std::vector<Sample> chain;      // Everything said in a chain; `i` is the round.
  std::vector<Cluster> clusters;  // Largest first; ties by key. Of usable samples only.
  std::vector<Likened> likened;
  std::vector<Ballot> approvals;  // i: which cluster, in this order of clusters.
  std::vector<Ballot> rankings;
  std::string objection;                           // Of the devil; empty: none yet, or nothing.
  std::optional<Sample> written;                   // By the chairman.
  std::optional<Key> read_back;                    // What somebody else read in `written`.
  std::map<std::string, std::string> lost_models;  // Model -> why; no more calls to these.
  std::vector<prompt::MissingSeat> missing;        // Seats that gave nothing, with the reason.
  std::map<std::string, int> asked;                // Samples by "label/seat": done or lost.
  std::map<std::string, int> steps;                // The same by label.
  std::optional<Seat> last_seat;                   // Of the last step: its model is loaded.
  int64_t tokens = 0;
  int64_t calls = 0;
  int64_t elapsed_ms = 0;  // When the last step ended.

  bool HasUsable() const;
  bool HasText() const;  // Usable or partial.
};

// The texts of `steps` are clean (text/clean.h): they were cleaned before they were stored.
Board ReadBoard(const RunSpec& spec, const std::vector<prompt::Step>& steps);

// `board` as it was before the stage `label` began to say anything: what its prompts are made of,
// so that all its calls see the same.
Board Before(const RunSpec& spec, const Board& board, std::string_view label);

// The label of the calls that ask a seat of the stage `label` for its key.
std::string ExtractLabel(std::string_view label);

// A seat whose key could not be read is asked once more, as number i + kExtractAgain.
inline constexpr int kExtractAgain = 1000;
inline constexpr int kExtractTriesMax = 2;

// How a pair of answers is named in a step: Likened{a, b} is i = a * kPairBase + b.
inline constexpr int kPairBase = 256;

// The shortest text of the cluster: what stands for it before judges and in a debate.
const Sample& Shortest(const Board& board, const Cluster& cluster);

}  // namespace council
