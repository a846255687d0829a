#include "lib/council/merge.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "lib/council/aggregate.h"
#include "lib/council/text/clean.h"
#include "lib/council/text/extract.h"

namespace council {
namespace {

// Items that share so many of their words are one.
constexpr double kSameItemMin = 0.6;

struct Item {
  std::string text;
  std::set<std::string> seats;
  double voices = 0;
  size_t place = 0;  // The best place it had in a list.
};

std::vector<std::string> ItemsOf(const Sample& sample) {
  auto items = ListItems(sample.text);
  if (!items.empty()) return items;
  std::string_view rest = sample.key.text;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(", "), rest.size());
    items.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 2, rest.size()));
  }
  return items;
}

bool IsSame(const Item& item, const std::string& text) {
  return Likeness(item.text, text) >= kSameItemMin && !Clash(item.text, text);
}

// The samples in an order that does not depend on how the seats were listed.
std::vector<const Sample*> Ordered(const Board& board) {
  std::vector<const Sample*> samples;
  for (const Sample& sample : board.samples) {
    if (sample.usable() && sample.list) samples.push_back(&sample);
  }
  std::ranges::sort(samples, {}, [](const Sample* sample) {
    return std::tuple(-sample->seat.hit_rate, sample->seat.name, sample->i);
  });
  return samples;
}

}  // namespace

MergedList MergeLists(const RunSpec& spec, const Board& board) {
  std::vector<Item> items;
  std::map<std::string, double> weights;
  for (const Sample* sample : Ordered(board)) {
    const double weight = SeatWeight(sample->seat.hit_rate);
    weights[sample->seat.name] = weight;
    size_t place = 0;
    for (const std::string& text : ItemsOf(*sample)) {
      const auto known =
          std::ranges::find_if(items, [&](const Item& item) { return IsSame(item, text); });
      Item& item =
          known == items.end()
              ? items.emplace_back(Item{.text = text, .seats = {}, .voices = 0, .place = place})
              : *known;
      item.place = std::min(item.place, place++);
      if (item.seats.insert(sample->seat.name).second) item.voices += weight;
    }
  }
  double all = 0;
  for (const auto& [name, weight] : weights) all += weight;
  std::ranges::sort(
      items, {}, [](const Item& item) { return std::tuple(-item.voices, item.place, item.text); });
  if (spec.preset->choice != Choice::kMerge && !items.empty()) {
    const double least = std::min(all / 2, items.front().voices) - 1e-9;
    std::erase_if(items, [&](const Item& item) { return item.voices < least; });
  }
  if (items.size() > kMergedItemsMax) items.resize(kMergedItemsMax);
  MergedList list;
  std::set<std::string> keys;
  for (const Item& item : items) {
    list.text += "- " + item.text + "\n";
    list.support += all > 0 ? item.voices / all / static_cast<double>(items.size()) : 0;
    keys.insert(LowerCase(item.text));
  }
  if (!list.text.empty()) list.text.pop_back();
  if (spec.preset->choice == Choice::kMerge) return list;  // Ideas have no short form.
  for (const auto& key : keys) list.key += (list.key.empty() ? "" : ", ") + key;
  return list;
}

}  // namespace council
