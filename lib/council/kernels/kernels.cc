#include "lib/council/kernels/kernels.h"

#include <string>

namespace council {

Kernel FindKernel(KernelKind kind) {
  switch (kind) {
    case KernelKind::kAnswer:
      return AnswerCalls;
    case KernelKind::kRefineChain:
      return RefineChainCalls;
    case KernelKind::kApprove:
      return ApproveCalls;
    case KernelKind::kRank:
      return RankCalls;
    case KernelKind::kWrite:
      return WriteCalls;
    case KernelKind::kCluster:
      return ClusterCalls;
    case KernelKind::kDebate:
      return DebateCalls;
    case KernelKind::kDevil:
      return DevilCalls;
    case KernelKind::kCheck:
      return CheckCalls;
  }
  return nullptr;
}

int Asked(const StageView& view, const Seat& seat) {
  const auto it = view.board.asked.find(std::string(view.stage.label) + "/" + seat.name);
  return it == view.board.asked.end() ? 0 : it->second;
}

}  // namespace council
