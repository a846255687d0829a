#include "lib/sqlite/step_rows.h"

#include <bit>

namespace sqlite {

base::Result<std::vector<prompt::Step>> ReadSteps(Connection& connection, int64_t n) {
  ASSIGN_OR_RETURN(auto query, connection.Start("SELECT stage, seat, i, seed, model, text, key,"
                                                " metrics FROM steps WHERE prompt = ?1 ORDER BY n",
                                                {n}));
  std::vector<prompt::Step> steps;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return steps;
    steps.push_back({.stage = query.Text(0),
                     .seat = query.Text(1),
                     .i = static_cast<int>(query.Int(2)),
                     .seed = std::bit_cast<uint64_t>(query.Int(3)),
                     .model = query.Text(4),
                     .text = query.Text(5),
                     .key = query.Text(6),
                     .metrics_json = query.Text(7)});
  }
}

}  // namespace sqlite
