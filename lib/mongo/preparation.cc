#include "lib/mongo/preparation.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "lib/base/backoff.h"
#include "lib/mongo/documents.h"

namespace mongo {
namespace {

// Between tries: soon after a start, later not so often that somebody would notice.
constexpr base::BackoffOptions kWaits = {.first = std::chrono::milliseconds(250),
                                         .max = std::chrono::seconds(10)};

struct Field {
  std::string_view name;
  int direction = 1;
};
struct Index {
  std::string_view collection;
  std::string_view name;
  std::vector<Field> fields;
  bool is_unique = false;
};

const std::vector<Index>& OurIndexes() {
  static const std::vector<Index> indexes = {
      {kPrompts, "byTime", {{"createdAt"}, {"_id"}}},
      {kPrompts, "byStatus", {{"status"}, {"createdAt"}, {"_id"}}},
      {kPrompts, "byUser", {{"user"}, {"createdAt"}, {"_id"}}},
      {kPrompts, "queue", {{"status"}, {"user"}, {"createdAt"}, {"_id"}}},
      {kPrompts, "leases", {{"status"}, {"lease.until"}}},
      {kPrompts, "unsent", {{"unsent"}, {"_id"}}},
      {kPrompts, "answers", {{"cacheKey"}, {"user"}, {"createdAt"}}},
      {kSteps, "steps", {{"runId"}, {"stage"}, {"seat"}, {"i"}}, true},
      {kServed, "served", {{"lease"}}}};
  return indexes;
}

Document CreateCommand(const Index& index) {
  Document key;
  for (const Field& field : index.fields) key.Int(field.name, field.direction);
  Document spec = Document().Child("key", key).Text("name", index.name);
  if (index.is_unique) spec.True("unique");
  return Document()
      .Text("createIndexes", index.collection)
      .Array("indexes", ListOf(std::move(spec)));
}

// The server answered, but not what was wanted: a feature that it lacks.
bool IsAnswer(const base::Error& error) { return !error.retryable(); }

// The names of a collection's indexes that are as ours.
base::Result<std::set<std::string>> Present(Client& client, const Call& call,
                                            std::string_view collection) {
  const auto reply = client.Run(call, Target::kPrimary, Document().Text("listIndexes", collection));
  std::set<std::string> names;
  if (!reply && !IsAnswer(reply.error())) return std::unexpected(reply.error());
  if (!reply) return names;  // There is no such collection yet.
  const auto cursor = reply->view().Child("cursor");
  if (!cursor) return names;
  for (const View& found : cursor->Children("firstBatch")) {
    const auto key = found.Child("key");
    for (const Index& index : OurIndexes()) {
      if (!key || index.collection != collection) continue;
      const bool is_same = std::ranges::equal(key->Keys(), index.fields, {}, {}, &Field::name);
      const bool is_unique = found.Bool("unique").value_or(false);
      if (is_same && (is_unique || !index.is_unique)) names.emplace(index.name);
    }
  }
  return names;
}

base::Status MakeIndexes(Client& client, Indexes indexes, std::vector<std::string>& without) {
  for (const std::string_view collection : {kPrompts, kSteps, kServed}) {
    ASSIGN_OR_RETURN(auto present, Present(client, client.Begin("Preparation"), collection));
    std::string why;
    for (const Index& index : OurIndexes()) {
      if (index.collection != collection || present.contains(std::string(index.name))) continue;
      if (indexes == Indexes::kLook) continue;
      const auto made =
          client.Run(client.Begin("Preparation"), Target::kPrimary, CreateCommand(index));
      if (!made && !IsAnswer(made.error())) return std::unexpected(made.error());
      if (!made) why = made.error().message;
    }
    if (indexes == Indexes::kMake) {
      ASSIGN_OR_RETURN(present, Present(client, client.Begin("Preparation"), collection));
    }
    for (const Index& index : OurIndexes()) {
      if (index.collection != collection || present.contains(std::string(index.name))) continue;
      without.push_back("index " + std::string(index.name) + " of " + std::string(collection) +
                        ": its searches are slow" + (why.empty() ? "" : " (" + why + ")"));
    }
  }
  return {};
}

base::Status LookAtServer(Client& client, PreparationReport& report) {
  const Call call = client.Begin("Preparation");
  const auto build = client.Run(call, Target::kPrimary, Document().Int("buildInfo", 1));
  if (!build && !IsAnswer(build.error())) return std::unexpected(build.error());
  const std::string version = build ? build->view().Text("version").value_or("") : "";
  report.server = "MongoDB " + (version.empty() ? "of an unknown version" : version);
  const auto hello = client.Run(call, Target::kPrimary, Document().Int("hello", 1));
  if (!hello && !IsAnswer(hello.error())) return std::unexpected(hello.error());
  const View said = hello ? hello->view() : View();
  const auto set = said.Text("setName");
  report.server += set ? ", replica set " + *set : ", a single server";
  if (!set && said.Text("msg") != "isdbgrid") {
    report.without.emplace_back("a replica set: when this one server is away, everything waits");
  }
  if (!said.Int("logicalSessionTimeoutMinutes")) {
    report.without.emplace_back("sessions: not needed, every write can be repeated without");
  }
  if (!client.has_time_limits()) {
    report.without.emplace_back("time limits of its own: a slow search goes on after its caller");
  }
  return {};
}

}  // namespace

base::Result<PreparationReport> Prepare(Client& client, Indexes indexes) {
  PreparationReport report;
  RETURN_IF_ERROR(LookAtServer(client, report));
  RETURN_IF_ERROR(MakeIndexes(client, indexes, report.without));
  return report;
}

Preparation::Preparation(Client& client, Indexes indexes, const base::Clock& clock)
    : client_(client), indexes_(indexes), clock_(clock) {
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

void Preparation::Run(std::stop_token stop) {
  base::Backoff backoff(kWaits, static_cast<uint64_t>(clock_.Monotonic().count()));
  while (!stop.stop_requested()) {
    auto report = Prepare(client_, indexes_);
    if (report) {
      const std::scoped_lock lock(mutex_);
      report_ = *std::move(report);
      return;
    }
    if (!clock_.SleepFor(backoff.Next(), stop)) return;
  }
}

std::optional<PreparationReport> Preparation::report() const {
  const std::scoped_lock lock(mutex_);
  return report_;
}

std::string Preparation::Problem() const {
  std::string not_ready = client_.NotReady();
  if (!not_ready.empty()) return not_ready;
  const std::scoped_lock lock(mutex_);
  if (!report_) return client_.who() + ": its indexes are being looked at; wait a moment";
  std::string problem;
  for (const std::string& lack : report_->without) {
    if (lack.starts_with("index ")) problem += (problem.empty() ? "" : "; ") + lack;
  }
  return problem;
}

}  // namespace mongo
