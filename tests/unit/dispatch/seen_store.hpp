#pragma once
// A fixture whose dispatcher sees its store behind switches.

#include <memory>

#include "../ingress/failing_store.hpp"
#include "fixture.hpp"

namespace chapar::dispatch {

template <class Base>
class SeenStore : public Base {
  protected:
    ~SeenStore() override { this->forget(); }  // before the store that it sees
    store::Store& seen_store() override {
        seen = std::make_unique<ingress::test::FailingStore>(*this->store);
        return *seen;
    }
    std::unique_ptr<ingress::test::FailingStore> seen;
};

}  // namespace chapar::dispatch
