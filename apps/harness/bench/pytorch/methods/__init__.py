"""Loops by the names that `src/bench/cells.ts` calls them."""

from loop import Loop

from .architecture import BatchEnsemble, ExpertGate, Hat, PackNet, Piggyback, Progressive, SupSup
from .distillation import Dmc, Lfl, Lwf
from .optimization import Agem, Gem, Gpm, Ncl, Ogd, Owm
from .regularization import Ewc, KroneckerEwc, L2, Rwalk, Si, Spg
from .replay import Bic, Der, DerPlusPlus, ErAce, Frozen, Gdumb, Generative, Gss, Icarl, Latent, Mir, Replay

METHODS = {
    "finetune": Loop,
    "l2": L2,
    "ewc": Ewc,
    "ewc-online": Ewc,  # one quadratic either way
    "mas": Ewc,  # the same penalty
    "si": Si,
    "rwalk": Rwalk,
    "ewc-kfac": KroneckerEwc,
    "spg": Spg,
    "agem": Agem,
    "gem": Gem,
    "ogd": Ogd,
    "gpm": Gpm,
    "ncl": Ncl,
    "owm": Owm,
    "lwf": Lwf,
    "lfl": Lfl,
    "dmc": Dmc,
    "replay": Replay,
    "der": Der,
    "derpp": DerPlusPlus,
    "er-ace": ErAce,
    "mir": Mir,
    "gss": Gss,
    "generative": Generative,
    "latent": Latent,
    "icarl": Icarl,
    "gdumb": Gdumb,
    "bic": Bic,
    "packnet": PackNet,
    "hat": Hat,
    "piggyback": Piggyback,
    "supsup": SupSup,
    "progressive": Progressive,
    "batch-ensemble": BatchEnsemble,
    "modular": Loop,  # the newest network alone
    "expert-gate": ExpertGate,
    "frozen": Frozen,
}
