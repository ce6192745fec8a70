#include "signing.hpp"

namespace chapar::email {

SigningThreads::SigningThreads(Host host, const std::string& domain, const std::vector<DkimKey>& keys,
                               std::size_t threads)
    : host_(host) {
    for (std::size_t i = 0; i < threads; ++i) {
        auto signer = DkimSigner::create(domain, keys);
        if (!signer) throw BadConfig(signer.error());
        signers_.push_back(std::move(*signer));
    }
    for (DkimSigner& signer : signers_)
        threads_.emplace_back([this, &signer](const std::stop_token& stop) { run(stop, signer); });
}

SigningThreads::~SigningThreads() {
    threads_.clear();  // asks each to stop and joins it
    waiting_.for_each([](const auto& task) { task->give_up(); });
}

void SigningThreads::add(std::shared_ptr<Task> task, bool is_urgent) {
    {
        const std::scoped_lock lock(mutex_);
        waiting_.push(std::move(task), is_urgent);
    }
    arrived_.notify_one();
}

void SigningThreads::run(const std::stop_token& stop, DkimSigner& signer) {
    while (true) {
        std::shared_ptr<Task> task;
        {
            std::unique_lock lock(mutex_);
            if (!arrived_.wait(lock, stop, [this] { return !waiting_.empty(); }) || stop.stop_requested()) return;
            task = waiting_.pop();
        }
        task->sign(signer);
        if (!host_.post([task] { task->finish(); })) task->give_up();
    }
}

}  // namespace chapar::email
