#include "store/sqlite/reader.hpp"

namespace chapar::store::sqlite {

void ReaderPool::add(std::unique_ptr<Reader> reader) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(reader));
}

std::unique_ptr<Reader> ReaderPool::take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return closed_ || (!paused_ && !free_.empty()); });
    if (closed_) return nullptr;
    auto reader = std::move(free_.back());
    free_.pop_back();
    ++out_;
    return reader;
}

void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
    reader->connection().note_cache();
    {
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(reader));
        --out_;
    }
    // close() may wait beside the readers' callers.
    returned_.notify_all();
}

bool ReaderPool::pause(Milliseconds limit) {
    std::unique_lock lock(mutex_);
    paused_ = true;
    return returned_.wait_for(lock, limit, [&] { return out_ == 0; });
}

void ReaderPool::resume() {
    {
        const std::lock_guard lock(mutex_);
        paused_ = false;
    }
    returned_.notify_all();
}

void ReaderPool::close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    returned_.notify_all();
    returned_.wait(lock, [&] { return out_ == 0; });
    free_.clear();
}

}  // namespace chapar::store::sqlite
