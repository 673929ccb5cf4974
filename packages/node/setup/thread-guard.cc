// Compiled into the addon together with the sources of tfjs-node, in which the compiler renames four calls:
//   -DTF_SessionRun=cl_TF_SessionRun -DTF_LoadSessionFromSavedModel=cl_TF_LoadSessionFromSavedModel
//   -DTFE_Execute=cl_TFE_Execute -DTFE_NewContext=cl_TFE_NewContext
// Here they keep their names.
#undef TF_SessionRun
#undef TF_LoadSessionFromSavedModel
#undef TFE_Execute
#undef TFE_NewContext

#include <signal.h>

#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

namespace {

// TensorFlow's matrix product uses the stack pointer as an ordinary register for a while (a just-in-time kernel of oneDNN inside of
// Eigen's contraction; seen in 2.16.2 with AVX-512). A signal handler that runs on such a thread writes into the heap: the process
// crashes, or goes on with wrong numbers. Node runs handlers (Ctrl-C, a terminal that changes its size, a child that ends, the
// profiler) on the thread of JavaScript, which is where TensorFlow computes too. So signals wait while it works. Threads that it starts
// meanwhile inherit the mask. Signals by which a thread reports its own fault are not held back.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigfillset(&held);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&held, fault);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// Numbers below 1e-38 become 0, as they do on TensorFlow's own threads: running averages of units that died decay to there, and
// arithmetic with them is many times slower.
class FlushedDenormals {
#if defined(__SSE__)
 public:
  FlushedDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | kFlushToZero | kDenormalsAreZero); }
  ~FlushedDenormals() { _mm_setcsr(before_); }

 private:
  static constexpr unsigned kFlushToZero = 0x8000;
  static constexpr unsigned kDenormalsAreZero = 0x0040;
  unsigned before_;
#endif
};

struct ThreadGuard {
  HeldSignals signals;
  FlushedDenormals denormals;
};

// The file `config` beside the model: a ConfigProto for its session. Empty without such a file.
std::string ConfigOf(const char *export_dir) {
  std::ifstream file(std::string(export_dir) + "/config", std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

class SessionOptions {
 public:
  SessionOptions(const std::string &config, TF_Status *status) : options_(TF_NewSessionOptions()) {
    TF_SetConfig(options_, config.data(), config.size(), status);
  }
  ~SessionOptions() { TF_DeleteSessionOptions(options_); }
  const TF_SessionOptions *get() const { return options_; }

 private:
  TF_SessionOptions *options_;
};

}  // namespace

extern "C" {

void cl_TF_SessionRun(TF_Session *session, const TF_Buffer *run_options, const TF_Output *inputs, TF_Tensor *const *input_values,
                      int ninputs, const TF_Output *outputs, TF_Tensor **output_values, int noutputs,
                      const TF_Operation *const *target_opers, int ntargets, TF_Buffer *run_metadata, TF_Status *status) {
  ThreadGuard guard;
  TF_SessionRun(session, run_options, inputs, input_values, ninputs, outputs, output_values, noutputs, target_opers, ntargets,
                run_metadata, status);
}

TF_Session *cl_TF_LoadSessionFromSavedModel(const TF_SessionOptions *options, const TF_Buffer *run_options, const char *export_dir,
                                            const char *const *tags, int tags_len, TF_Graph *graph, TF_Buffer *meta_graph_def,
                                            TF_Status *status) {
  ThreadGuard guard;
  const std::string config = ConfigOf(export_dir);
  if (!config.empty()) {
    const SessionOptions own(config, status);
    if (TF_GetCode(status) != TF_OK) return nullptr;
    return TF_LoadSessionFromSavedModel(own.get(), run_options, export_dir, tags, tags_len, graph, meta_graph_def, status);
  }
  return TF_LoadSessionFromSavedModel(options, run_options, export_dir, tags, tags_len, graph, meta_graph_def, status);
}

void cl_TFE_Execute(TFE_Op *op, TFE_TensorHandle **retvals, int *num_retvals, TF_Status *status) {
  ThreadGuard guard;
  TFE_Execute(op, retvals, num_retvals, status);
}

TFE_Context *cl_TFE_NewContext(const TFE_ContextOptions *options, TF_Status *status) {
  ThreadGuard guard;
  return TFE_NewContext(options, status);
}

}  // extern "C"
