#pragma once
// The rules of the configuration of now, compiled when they are asked for and kept until the configuration changes.
// Callable from any thread.

#include <memory>
#include <mutex>

#include "config/settings.hpp"
#include "policy/decide.hpp"

namespace chapar::ingress {

class RulesCache {
  public:
    Result<std::shared_ptr<const policy::Rules>> of(const std::shared_ptr<const config::Settings>& settings) {
        const std::lock_guard lock(mutex_);
        if (settings_ == settings) return rules_;
        auto compiled = policy::compile(*settings);
        if (!compiled) return compiled;
        settings_ = settings;
        rules_ = *compiled;
        return rules_;
    }

  private:
    std::mutex mutex_;  // guards the two
    std::shared_ptr<const config::Settings> settings_;
    std::shared_ptr<const policy::Rules> rules_;
};

}  // namespace chapar::ingress
