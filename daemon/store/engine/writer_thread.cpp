#include "store/engine/writer_thread.hpp"

#include "base/thread_name.hpp"

namespace chapar::store::engine {

WriterThread::WriterThread(GroupCommit& commit) : commit_(commit) {
    thread_ = std::thread([this] {
        name_thread("store-writer");
        while (commit_.wait())
            commit_.run_due();
    });
}

void WriterThread::stop() {
    commit_.stop();
    if (thread_.joinable()) thread_.join();
}

}  // namespace chapar::store::engine
