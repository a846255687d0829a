#include "lib/council/kernels/kernels.h"

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
  }
  return nullptr;
}

}  // namespace council
