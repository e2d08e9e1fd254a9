import core = require('@faultguard/core');
import hooks = require('@faultguard/react-hooks');

void core.start({ launch: (state) => console.log(state, hooks.useCrash) });
