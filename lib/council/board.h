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

#include "lib/council/run.h"
#include "lib/council/text/key.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace council {

// One answer of one seat.
struct Sample {
  Seat seat;
  std::string label;  // The stage it belongs to.
  int i = 0;
  std::string text;      // Cleaned; may be empty: then it votes for nobody.
  Key key;               // kNone where no short answer could be seen.
  bool asked = false;    // The seat was asked for its key in a call of its own.
  bool partial = false;  // Cut by time or a broken stream: used only where nothing else is there.
  bool truncated = false;

  bool usable() const { return !text.empty() && !partial; }
};

inline constexpr size_t kLabelBytesMax = 80;  // One line of the vote chart.

// Answers that say the same.
struct Cluster {
  std::string key;              // The normal form, or a name made from the text where none.
  std::string label;            // For people: the key, or the beginning of the text.
  std::vector<size_t> samples;  // Indices into Board::samples.
  std::set<std::string> families;
};

// A judge's view. Ballots that could not be read are kept: they count as invalid.
struct Ballot {
  Seat seat;
  int i = 0;
  std::string text;
  uint64_t seed = 0;
};

struct Board {
  std::vector<Sample> samples;    // In the order of the steps; of a chain, each member's last.
  std::vector<Sample> chain;      // Everything said in a chain; `i` is the round.
  std::vector<Cluster> clusters;  // Largest first; ties by key. Of usable samples only.
  std::vector<Ballot> approvals;  // i: which cluster, in this order of clusters.
  std::vector<Ballot> rankings;
  std::optional<Sample> written;                   // By the chairman.
  std::map<std::string, std::string> lost_models;  // Model -> why; no more calls to these.
  std::vector<prompt::MissingSeat> missing;        // Seats that gave nothing, with the reason.
  std::map<std::string, int> asked;                // Samples by "label/seat": done or lost.
  int64_t tokens = 0;
  int64_t calls = 0;
  int64_t elapsed_ms = 0;  // When the last step ended.

  bool HasUsable() const;
  bool HasText() const;  // Usable or partial.
};

Board ReadBoard(const RunSpec& spec, const std::vector<prompt::Step>& steps);

// The label of the calls that ask a seat of the stage `label` for its key.
std::string ExtractLabel(std::string_view label);

}  // namespace council
