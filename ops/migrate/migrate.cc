#include "ops/migrate/migrate.h"

namespace ops {
namespace {

using base::Errc;
using prompt::Record;

// Calls `take` for every record of the source, in the order of their ids.
base::Status ForEach(prompt::RecordSource& from,
                     const std::function<base::Status(const Record&)>& take) {
  std::string last;
  for (;;) {
    const auto record = from.Next(last);
    if (!record && record.error().code == Errc::kNotFound) return {};
    if (!record) return std::unexpected(record.error());
    RETURN_IF_ERROR(take(*record));
    last = record->prompt.id;
  }
}

base::Status CopyRecords(const MigrateParts& parts, Migrated& migrated) {
  return ForEach(parts.from, [&](const Record& record) -> base::Status {
    const auto put = parts.to.Put(record);
    if (!put) return base::Wrap(put.error(), "copy prompt " + record.prompt.id);
    ++(*put == prompt::Inserted::kNew ? migrated.copied : migrated.there);
    const int64_t done = migrated.copied + migrated.there;
    if (done % kRemarkEvery == 0) parts.remark(std::to_string(done) + " prompts are copied");
    return {};
  });
}

base::Status Verify(const MigrateParts& parts, Migrated& migrated) {
  int64_t count = 0;
  RETURN_IF_ERROR(ForEach(parts.from, [&](const Record& record) -> base::Status {
    const auto there = parts.to.Get(record.prompt.id);
    if (!there) return base::Wrap(there.error(), "verify prompt " + record.prompt.id);
    const std::string hash = prompt::HashOf(record);
    if (prompt::HashOf(*there) != hash) {
      return base::Fail(Errc::kInternal, "prompt " + record.prompt.id +
                                             " did not come over as it was; keep the old data and "
                                             "report this as a bug");
    }
    migrated.hash = prompt::HashText(migrated.hash + hash);
    ++count;
    return {};
  }));
  ASSIGN_OR_RETURN(const int64_t in_source, parts.from.Count());
  ASSIGN_OR_RETURN(const int64_t in_target, parts.to.Count());
  if (count == in_source && in_target >= count) return {};
  return base::Fail(Errc::kInternal,
                    std::to_string(in_source) + " prompts were to be moved, " +
                        std::to_string(count) + " were found, and the target has " +
                        std::to_string(in_target) + "; keep the old data and report this as a bug");
}

}  // namespace

base::Result<int64_t> CountAll(prompt::RecordSource& from) {
  ASSIGN_OR_RETURN(const int64_t unread, from.Unread());
  if (unread > 0) {
    return base::Fail(Errc::kConflict,
                      std::to_string(unread) +
                          " questions were accepted and not taken in yet; start otm-home once, "
                          "wait a moment, stop it, and migrate again");
  }
  return from.Count();
}

base::Result<Migrated> CopyAll(const MigrateParts& parts) {
  Migrated migrated;
  ASSIGN_OR_RETURN(const int64_t count, CountAll(parts.from));
  parts.remark(std::to_string(count) + " prompts are to be copied");
  RETURN_IF_ERROR(CopyRecords(parts, migrated));
  ASSIGN_OR_RETURN(const auto served, parts.from.Served());
  for (const prompt::ServedUser& user : served) {
    RETURN_IF_ERROR(parts.to.PutServed(user));
    ++migrated.users;
  }
  parts.remark("all are copied; comparing");
  RETURN_IF_ERROR(Verify(parts, migrated));
  return migrated;
}

}  // namespace ops
