#include "model/ledger.hpp"

namespace chapar::model {

std::string_view name(ConsentState state) {
    switch (state) {
        case ConsentState::subscribed:
            return "subscribed";
        case ConsentState::unsubscribed:
            return "unsubscribed";
        case ConsentState::pending:
            return "pending";
    }
    return "";
}

}  // namespace chapar::model
