#include "host/python/bindings.h"

#include "caviar/error.h"

namespace caviar::python {

/// Errors become those of caviar/_errors.py, with the same text.
void bind_errors(nb::module_&) {
    nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
        const auto raise = [](const char* name, const char* what) {
            PyErr_SetString(nb::module_::import_("caviar._errors").attr(name).ptr(), what);
        };
        try {
            std::rethrow_exception(thrown);
        } catch (const UsageError& error) {
            raise("UsageError", error.what());
        } catch (const DataError& error) {
            raise("DataError", error.what());
        } catch (const DeviceError& error) {
            raise("DeviceError", error.what());
        } catch (const Error& error) {
            raise("RuntimeFailure", error.what());
        }
    });
}

} // namespace caviar::python

NB_MODULE(_core, m) {
    using namespace caviar::python;
    m.doc() = "The compiled part of caviar; use the package `caviar`.";
    m.attr("version") = CAVIAR_VERSION;
    bind_errors(m);
    bind_table(m);
    bind_model(m);
    bind_study(m);
    bind_sweep(m);
    bind_train(m);
}
