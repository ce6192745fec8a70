#pragma once
// Include before any Asio header: GCC 12, optimising, sees null executors being compared inside Asio where there are
// none. (A diagnostic is judged where its line stands, so this must come before Asio's lines.)
#pragma GCC diagnostic ignored "-Wnull-dereference"
